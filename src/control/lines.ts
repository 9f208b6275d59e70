import type { Socket } from 'node:net';

/**
 * Calls `take` with each line that comes in.
 *
 * @param longest in characters
 * @param tooLong called once, when a line is longer; what follows is not read any more
 */
export function readLines(
  socket: Socket,
  take: (line: string) => void,
  longest = Number.POSITIVE_INFINITY,
  tooLong: () => void = () => {},
): void {
  let rest = '';
  let isRefused = false;
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    if (isRefused) return;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.length <= longest && line.trim() !== '') take(line);
    isRefused = [...lines, rest].some((line) => line.length > longest);
    if (!isRefused) return;
    rest = '';
    tooLong();
  });
}
