import { type EventEmitter, once } from 'node:events';

/** Where one of the servers listens, and the variable that says so. */
export interface Place {
  readonly variable: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export function httpPlace(): Place {
  return { variable: 'PORT', port: Number(process.env.PORT ?? 8000) };
}

/** The next port after the HTTP server's, unless it is given or the system chooses both. */
export function websocketPlace(): Place {
  const { port } = httpPlace();
  return { variable: 'WEBSOCKET_PORT', port: Number(process.env.WEBSOCKET_PORT ?? (port === 0 ? 0 : port + 1)) };
}

/** Fulfils when the server listens; a port that is taken is an error that says what to do. */
export async function listening(server: EventEmitter, { variable, port }: Place): Promise<void> {
  try {
    await once(server, 'listening');
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    throw isTaken ? new Error(`port ${port} is taken; choose another one with ${variable}=...`, { cause }) : cause;
  }
}
