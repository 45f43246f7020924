import * as z from 'zod';
import { PushedEdge, PushedNode } from './item.ts';
import type { RawItem } from './read-items.ts';
import { ScanScopeStatement } from './scan-scope.ts';

/** The last number that a batch may have. */
export const LAST_SEQUENCE = 999_999;

/** Described in full and not checked here: a bad item is refused by itself, and the others are taken. */
function described(item: z.ZodType) {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(item, { io: 'input', target: 'draft-2020-12' });
  return z.array(
    z.unknown().meta({ anyOf: [schema, { description: 'Anything else is rejected, and its siblings taken' }] }),
  );
}

const Sequence = z.int().min(0).max(LAST_SEQUENCE).describe('0, 1, 2, ...: each number once in a run');

const ITEMS = {
  nodes: described(PushedNode).default([]),
  edges: described(PushedEdge).default([]),
  items: z
    .array(z.unknown())
    .default([])
    .describe('Nodes and edges mixed, each with `kind`: what the lines of NDJSON become'),
  scanScope: ScanScopeStatement.exactOptional(),
};

/** POST /scan-runs/{id}/batches. */
export const PushedBatch = z.strictObject({ sequence: Sequence, ...ITEMS });
export type PushedBatch = z.infer<typeof PushedBatch>;

/** POST /scan-runs/{id}/complete: the end of a run, which may be all of it. */
export const PushedEnd = z.strictObject({
  ...ITEMS,
  batches: z
    .int()
    .min(0)
    .max(LAST_SEQUENCE + 1)
    .exactOptional()
    .describe('How many batches were sent: their numbers are compared'),
});
export type PushedEnd = z.infer<typeof PushedEnd>;

/** A line that is no JSON: it has a place among the others, and nothing else. */
export class UnreadableLine {}

/** Every item of a body, in its order, each with its place. */
export function* itemsOf(body: Pick<PushedEnd, 'nodes' | 'edges' | 'items'>): Generator<RawItem> {
  for (const [index, value] of body.nodes.entries()) yield { index, kind: 'node', value };
  for (const [index, value] of body.edges.entries()) yield { index, kind: 'edge', value };
  for (const [index, value] of body.items.entries()) yield { index, kind: kindOf(value), value };
}

function kindOf(value: unknown): RawItem['kind'] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'kind')) return 'line';
  const kind: unknown = Reflect.get(value, 'kind');
  return kind === 'node' || kind === 'edge' ? kind : 'line';
}

/**
 * The body that lines of NDJSON stand for: the first line is the header (`sequence`, `scanScope`, `batches`), each other one
 * an item; empty lines are passed over. A line that is no JSON is an item that will be refused, so that its siblings are taken.
 */
export function fromNdjson(text: string): unknown {
  const [header, ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const head = header === undefined ? undefined : parsed(header);
  if (typeof head !== 'object' || head === null || head instanceof UnreadableLine || Array.isArray(head)) {
    return 'the first line must be a JSON object such as {"sequence":0}';
  }
  return { ...head, items: lines.map(parsed) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return new UnreadableLine();
  }
}
