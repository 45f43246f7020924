import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import * as z from 'zod';
import { parsedJson } from '../parsed-json.ts';
import { UsageError } from '../usage-error.ts';

/** How a file of nodes and edges is written. */
export const PUSH_FORMATS = ['ndjson', 'json'] as const;
export type PushFormat = (typeof PUSH_FORMATS)[number];

/** One node or edge: its line of NDJSON, and where in the file it is. */
export interface ItemLine {
  readonly text: string;
  /** `line 7`, `nodes[7]` */
  readonly place: string;
}

/** A file that can be pushed. It is read once to see that it can, and again with each pass over its lines. */
export interface PushFile {
  readonly items: number;
  /** What its first line, or its member `scanScope`, says was looked at. */
  readonly scan_scope?: unknown;
  lines(): AsyncGenerator<ItemLine>;
}

/** The most bytes that one item may have: more does not fit into any batch. */
export const LONGEST_ITEM = 4 * 1024 * 1024 - 64 * 1024;
/** JSON is read as a whole; NDJSON is not. */
const LARGEST_JSON = 256 << 20;
const NEWLINE = 10;

/** The format that a file's name stands for. */
export const formatOf = (file: string): PushFormat => (/\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'json');

/**
 * Opens a file: NDJSON with a node or edge on each line (`kind` says which) and, if it likes, `{"scanScope": ...}` on the
 * first; or JSON with `nodes`, `edges` and `scanScope`. What the items say is the hub's to check.
 * @throws UsageError where it cannot be read, is no UTF-8 or no JSON, or an item is too long for a batch.
 */
export async function openPushFile(file: string, format: PushFormat = formatOf(file)): Promise<PushFile> {
  const found = await stat(file).catch((cause: Error) => {
    throw new UsageError(`cannot read ${file}: ${cause.message}`, { cause });
  });
  if (!found.isFile()) throw new UsageError(`cannot read ${file}: it is no file`);
  return format === 'json' ? openJson(file, found.size) : openNdjson(file);
}

async function openNdjson(file: string): Promise<PushFile> {
  let items = 0;
  let scan_scope: unknown;
  for await (const { text } of linesOf(file)) {
    const header = items === 0 && scan_scope === undefined ? headerOf(text) : undefined;
    if (header === undefined) items += 1;
    else scan_scope = header;
  }
  async function* lines(): AsyncGenerator<ItemLine> {
    let passed = scan_scope === undefined;
    for await (const line of linesOf(file)) {
      if (passed) yield line;
      passed = true;
    }
  }
  return { items, ...(scan_scope !== undefined && { scan_scope }), lines };
}

const Header = z.object({ kind: z.undefined().optional(), scanScope: z.unknown() });

const headerOf = (text: string): unknown =>
  text.includes('scanScope') ? Header.safeParse(parsedJson(text)).data?.scanScope : undefined;

/** The lines of a file that are not empty, each at most as long as an item may be. */
async function* linesOf(file: string): AsyncGenerator<ItemLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  const lineOf = (bytes: Buffer): ItemLine | undefined => {
    number += 1;
    if (bytes.length > LONGEST_ITEM) throw tooLong(file, `line ${number}`);
    try {
      const text = decoder.decode(bytes).trim();
      return text === '' ? undefined : { text, place: `line ${number}` };
    } catch (cause) {
      throw new UsageError(`${file}: line ${number} is not UTF-8`, { cause });
    }
  };
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(file)) {
    let bytes = Buffer.from(chunk);
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
      const line = lineOf(Buffer.concat([...rest, bytes.subarray(0, end)]));
      if (line) yield line;
      rest = [];
      length = 0;
      bytes = bytes.subarray(end + 1);
    }
    rest.push(bytes);
    length += bytes.length;
    if (length > LONGEST_ITEM) throw tooLong(file, `line ${number + 1}`);
  }
  const last = lineOf(Buffer.concat(rest));
  if (last) yield last;
}

const Document = z.object({
  nodes: z.array(z.unknown()).default([]),
  edges: z.array(z.unknown()).default([]),
  scanScope: z.unknown().optional(),
});

async function openJson(file: string, size: number): Promise<PushFile> {
  if (size > LARGEST_JSON) {
    throw new UsageError(
      `${file} has more than ${LARGEST_JSON >> 20} MB: write it as NDJSON, one node or edge on a line`,
    );
  }
  const whole = parsedJson(utf8(file, await readFile(file)));
  if (whole === undefined)
    throw new UsageError(`${file} is not JSON. If each line is JSON, say so with --format ndjson`);
  const parsed = Document.safeParse(whole);
  if (!parsed.success || !(hasMember(whole, 'nodes') || hasMember(whole, 'edges'))) {
    throw new UsageError(`${file} must be a JSON object with lists "nodes" and "edges"`);
  }
  const { nodes, edges, scanScope } = parsed.data;
  const lines = [...linesFrom('node', nodes), ...linesFrom('edge', edges)];
  for (const { text, place } of lines) if (Buffer.byteLength(text) > LONGEST_ITEM) throw tooLong(file, place);
  return {
    items: lines.length,
    ...(scanScope !== undefined && { scan_scope: scanScope }),
    async *lines() {
      yield* lines;
    },
  };
}

/** What is no object is passed on as it is: the hub says so of it, and takes the others. */
const linesFrom = (kind: 'node' | 'edge', items: readonly unknown[]): readonly ItemLine[] =>
  items.map((item, index) => ({
    text: JSON.stringify(typeof item === 'object' && item !== null && !Array.isArray(item) ? { ...item, kind } : item),
    place: `${kind}s[${index}]`,
  }));

const hasMember = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name);

function utf8(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`${file} is not UTF-8`, { cause });
  }
}

const tooLong = (file: string, place: string): UsageError =>
  new UsageError(`${file}: ${place} has more than ${LONGEST_ITEM} bytes, and a request may have 4 MB`);
