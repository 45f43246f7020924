import { connect, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';
import { listen } from './ports.ts';

/** A TCP proxy in front of MongoDB: counts what is written, as the drivers of all functions send it, and can be away for a while. */
export interface MongoProxy {
  readonly uri: string;
  /** Documents in write commands (insert, update, delete, findAndModify) since the last reset, by collection. */
  writes(): Readonly<Record<string, number>>;
  resetWrites(): void;
  /** From now on connections are cut and refused, as when the database is away. */
  goAway(): void;
  comeBack(): void;
  stop(): Promise<void>;
}

/** Where the documents of a write command are, if not in the command itself. */
const DOCUMENTS: Readonly<Record<string, string>> = { insert: 'documents', update: 'updates', delete: 'deletes' };
const WRITES = new Set([...Object.keys(DOCUMENTS), 'findAndModify', 'findandmodify']);

/** Starts a proxy on a free port of 127.0.0.1. `uri` names one plain server, as the local ones are. */
export async function startMongoProxy(uri: string): Promise<MongoProxy> {
  const target = new URL(uri);
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  let away = false;

  const server = createServer((client) => {
    if (away) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port || 27017), target.hostname);
    const count = messageCounter(counts);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('error', () => socket.destroy());
    }
    client.on('data', count);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  const port = await listen(server);
  const proxied = new URL(uri);
  proxied.host = `127.0.0.1:${port}`;
  proxied.searchParams.set('directConnection', 'true');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    uri: proxied.toString(),
    writes: () => Object.fromEntries(counts),
    resetWrites: () => counts.clear(),
    goAway: () => {
      away = true;
      cut();
    },
    comeBack: () => {
      away = false;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

/** Reads a connection's bytes, in pieces of any size, and counts the writes in its messages. */
function messageCounter(counts: Map<string, number>): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const length = pending.readInt32LE(0);
      const write = writeOf(pending.subarray(0, length));
      if (write) counts.set(write.collection, (counts.get(write.collection) ?? 0) + write.documents);
      pending = pending.subarray(length);
    }
  };
}

const OP_MSG = 2013;
const HEADER = 16;
const FLAGS = 4;

/** The write that a message carries, if it does. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg */
function writeOf(message: Buffer): { readonly collection: string; readonly documents: number } | undefined {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  const checksum = message.readUInt32LE(HEADER) & 1 ? 4 : 0;
  let command: Readonly<Record<string, unknown>> = {};
  let inSequences = 0;
  for (let at = HEADER + FLAGS; at < message.length - checksum; ) {
    const kind = message.readUInt8(at);
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (kind === 0) command = BSON.deserialize(section);
    else inSequences += documentsIn(section);
    at += 1 + size;
  }
  const [name = ''] = Object.keys(command);
  const collection = command[name];
  if (!WRITES.has(name) || typeof collection !== 'string') return undefined;
  const listed = command[DOCUMENTS[name] ?? ''];
  return { collection, documents: inSequences + (Array.isArray(listed) ? listed.length : 0) || 1 };
}

/** Documents in a section of kind 1: its size, a name that ends with a zero byte, then document after document. */
function documentsIn(section: Buffer): number {
  let documents = 0;
  for (let at = section.indexOf(0, 4) + 1; at < section.length; at += section.readInt32LE(at)) documents += 1;
  return documents;
}
