import { Socket } from 'node:net';

/** Where this process has connected to since the recording began. */
export interface ConnectionRecord {
  /** `host:port`, each once; a name is recorded before it is looked up. */
  destinations(): readonly string[];
  stop(): void;
}

/** Records every connection that anything in this process begins, whichever client makes it: all of them end in this one method of Node's. */
export function recordConnections(): ConnectionRecord {
  const seen = new Set<string>();
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function recorded(this: Socket, ...given: unknown[]) {
    seen.add(destinationIn(given));
    return Reflect.apply(connect, this, given);
  } as typeof connect;
  return {
    destinations: () => [...seen],
    stop() {
      Socket.prototype.connect = connect;
    },
  };
}

/** Of `connect(options)`, `connect(port, host)`, and the normalised list that `net.connect` hands over. */
function destinationIn(given: readonly unknown[]): string {
  const [first, second] = Array.isArray(given[0]) ? (given[0] as readonly unknown[]) : given;
  if (typeof first !== 'object' || first === null) return `${second ?? 'localhost'}:${String(first)}`;
  const { host, port, path } = first as { host?: string; port?: number | string; path?: string };
  return path ? `socket ${path}` : `${host ?? 'localhost'}:${port}`;
}
