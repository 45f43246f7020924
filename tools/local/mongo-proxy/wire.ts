import { BSON } from 'mongodb';

/** A write command on its way to the server. */
export interface WireWrite {
  /** `insert`, `update`, `delete` or `findAndModify`. */
  readonly command: string;
  readonly collection: string;
  /** Documents that it names. */
  readonly documents: number;
  /** Everything that it says, with its documents in their place however they travel. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where the documents of a write command are, if not in the command itself. */
const DOCUMENTS: Readonly<Record<string, string>> = { insert: 'documents', update: 'updates', delete: 'deletes' };
const WRITES = new Set([...Object.keys(DOCUMENTS), 'findAndModify', 'findandmodify']);

const OP_MSG = 2013;
const HEADER = 16;
const FLAGS = 4;

/** Puts a connection's bytes, which come in pieces of any size, together to messages. */
export function messageReader(): (chunk: Buffer) => readonly Buffer[] {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const messages: Buffer[] = [];
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const length = pending.readInt32LE(0);
      messages.push(pending.subarray(0, length));
      pending = pending.subarray(length);
    }
    return messages;
  };
}

/** The write that a message carries, if it does. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg */
export function writeOf(message: Buffer): WireWrite | undefined {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  const checksum = message.readUInt32LE(HEADER) & 1 ? 4 : 0;
  let command: Readonly<Record<string, unknown>> = {};
  const sections: Buffer[] = [];
  for (let at = HEADER + FLAGS; at < message.length - checksum; ) {
    const kind = message.readUInt8(at);
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (kind === 0) command = BSON.deserialize(section);
    else sections.push(section);
    at += 1 + size;
  }
  const [name = ''] = Object.keys(command);
  const collection = command[name];
  if (!WRITES.has(name) || typeof collection !== 'string') return undefined;
  const beside = sections.flatMap(documentsIn);
  const place = DOCUMENTS[name];
  const inside = place === undefined ? undefined : command[place];
  const listed: readonly unknown[] = Array.isArray(inside) ? inside : [];
  return {
    command: name,
    collection,
    documents: beside.length + listed.length || 1,
    // Only where somebody asks: of most writes nobody does.
    get body() {
      const documents = [...listed, ...beside.map((document) => BSON.deserialize(document))];
      return place === undefined ? command : { ...command, [place]: documents };
    },
  };
}

/** Documents in a section of kind 1: its size, a name that ends with a zero byte, then document after document. */
function documentsIn(section: Buffer): readonly Buffer[] {
  const documents: Buffer[] = [];
  for (let at = section.indexOf(0, 4) + 1; at < section.length; at += section.readInt32LE(at)) {
    documents.push(section.subarray(at, at + section.readInt32LE(at)));
  }
  return documents;
}
