import { createSocket } from 'node:dgram';

/** Answers questions for names on a loopback port, so that a proxy finds the API where the test has put it. */
export interface NameServer {
  readonly port: number;
  /** The names that were asked for, in turn. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const HEADER_BYTES = 12;
const IPV4_ADDRESS = 1;
/** A reply, the name found, recursion available. */
const REPLY_FLAGS = 0x8180;
/** A pointer to the name in the question, type A, class IN, good for a second, four bytes: 127.0.0.1 (RFC 1035, 4.1). */
const LOOPBACK_RECORD = Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);

/** Every name is at 127.0.0.1, and has no other kind of record. */
export async function startNameServer(): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, sender) => {
    const { name, end } = nameIn(query);
    asked.push(name);
    const hasAddress = query.readUInt16BE(end) === IPV4_ADDRESS;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(REPLY_FLAGS, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(hasAddress ? 1 : 0, 6);
    const question = query.subarray(HEADER_BYTES, end + 4);
    socket.send(
      Buffer.concat([header, question, ...(hasAddress ? [LOOPBACK_RECORD] : [])]),
      sender.port,
      sender.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    port: socket.address().port,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The name that is asked for, and where it ends. */
function nameIn(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}
