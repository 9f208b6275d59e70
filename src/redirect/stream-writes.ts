import { LineBuffer } from './line-buffer.ts';
import { isWithinLog } from './within-log.ts';

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;

/** As much of a stream as is needed of it. */
export interface WrittenStream {
  write: Write;
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
}

/** Who writes: each has lines of its own, so that two who write half a line do not share one. */
export interface StreamReader<K> {
  writer(): K;
  /** A whole line of one; what it throws is the line's loss, so the line is then written to the stream. */
  line(writer: K, text: string): void;
  /** A line could not be handed over. */
  failed(error: unknown): void;
}

/**
 * Takes what is written to a stream, line by line, in place of the stream. What the log itself writes goes through, as does
 * what the stream would refuse.
 *
 * @returns what flushes the lines that have no end yet, and what gives the stream back
 */
export function takeWrites<K>(stream: WrittenStream, reader: StreamReader<K>): { flush(): void; close(): void } {
  const isOwn = Object.hasOwn(stream, 'write');
  const original = stream.write;
  const through: Write = (...args) => original.apply(stream, args);
  const buffers = new Map<K, LineBuffer>();
  let isOpen = true;

  const bufferOf = (writer: K): LineBuffer => {
    const known = buffers.get(writer);
    if (known !== undefined) return known;
    const buffer = new LineBuffer((text) => {
      try {
        reader.line(writer, text);
      } catch (error) {
        through(`${text}\n`);
        reader.failed(error);
      }
    });
    buffers.set(writer, buffer);
    return buffer;
  };
  const write: Write = (...args) => {
    const [chunk, encoding, callback] = args;
    const isRefused = stream.writableEnded || stream.destroyed || !isWritable(chunk, encoding);
    if (!isOpen || isRefused || isWithinLog()) return through(...args);
    const writer = reader.writer();
    const buffer = bufferOf(writer);
    buffer.add(pieceOf(chunk, encoding));
    if (buffer.isEmpty) buffers.delete(writer);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(done);
    // The log takes all that it is given.
    return true;
  };
  const flush = (): void => {
    for (const buffer of buffers.values()) buffer.flush();
    buffers.clear();
  };
  stream.write = write;
  return {
    flush,
    close() {
      flush();
      isOpen = false;
      // Whoever has put something over it since still calls this one, which lets all through now.
      if (stream.write !== write) return;
      if (isOwn) stream.write = original;
      else Reflect.deleteProperty(stream, 'write');
    },
  };
}

function isWritable(chunk: unknown, encoding: unknown): chunk is string | Uint8Array {
  if (chunk instanceof Uint8Array) return true;
  return typeof chunk === 'string' && (typeof encoding !== 'string' || Buffer.isEncoding(encoding));
}

function pieceOf(chunk: string | Uint8Array, encoding: unknown): string | Uint8Array {
  const isPlain = typeof chunk !== 'string' || typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
  return isPlain ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
}
