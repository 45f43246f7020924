import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../kernel/failures.ts';
import type { CollectorTask, CoverageRow } from '../connector.ts';
import { PushedEntityType, SourceSystemId } from './item.ts';
import { ANY_TYPE, pushTask } from './read-items.ts';

const ScanError = z.strictObject({
  entity_type: z.string().min(1).max(100).exactOptional().describe('Absent: whatever was scanned'),
  source_system_id: SourceSystemId.exactOptional().describe('Absent: in every system'),
  code: z.string().min(1).max(100).exactOptional(),
  message: z.string().min(1).max(2_000),
});
/** Something that the sender could not look at. */
export type ScanError = z.infer<typeof ScanError>;

/** What a sender looked at. May stand in any batch, and differ from one to the next. */
export const ScanScopeStatement = z.strictObject({
  mode: z
    .enum(['full', 'incremental'])
    .describe('full: of the types and systems listed here, what was not sent in the whole run is gone'),
  sourceSystems: z.array(SourceSystemId).max(100).default([]),
  scannedEntityTypes: z.array(PushedEntityType).max(200).default([]),
  errors: z.array(ScanError).max(1_000).default([]),
});
export type ScanScopeStatement = z.infer<typeof ScanScopeStatement>;

/** What the batches of a run came to, as far as it decides what may be removed. */
export interface PushedSoFar {
  readonly statements: readonly ScanScopeStatement[];
  /** Those who claimed something. */
  readonly tasks: readonly CollectorTask[];
  /** Entity types of which an item was rejected, or ANY_TYPE. */
  readonly protects: readonly string[];
}

/** A coverage row, and what went wrong with it in words. */
export interface PushCoverage {
  readonly row: CoverageRow;
  readonly errors: readonly { readonly code: ErrorCode; readonly message: string }[];
}

/**
 * How far each type of each source system was looked at. Only a `complete` row may lose what was not sent: one that a
 * statement of mode full lists, that no error touches, and of which no item was rejected. One incremental statement about a
 * type and system outweighs any full one.
 */
export function pushCoverage({ statements, tasks, protects }: PushedSoFar): readonly PushCoverage[] {
  const full = new Map<string, CollectorTask>();
  const incremental = new Set<string>();
  const all = new Map<string, CollectorTask>(tasks.map((task) => [keyOf(task), task]));
  for (const { mode, sourceSystems, scannedEntityTypes } of statements) {
    for (const task of sourceSystems.flatMap((system) => scannedEntityTypes.map((type) => pushTask(type, system)))) {
      all.set(keyOf(task), task);
      if (mode === 'full') full.set(keyOf(task), task);
      else incremental.add(keyOf(task));
    }
  }
  const errors = statements.flatMap((statement) => statement.errors);
  // An error of what nobody sent or listed still makes the run incomplete: it gets a row of its own.
  for (const error of errors) {
    if ([...all.values()].some((task) => touches(error, task))) continue;
    const task = pushTask(error.entity_type ?? ANY_TYPE, error.source_system_id ?? ANY_TYPE);
    all.set(keyOf(task), task);
  }
  for (const type of protects) {
    if (type === ANY_TYPE ? all.size > 0 : [...all.values()].some(({ collector }) => collector === `push.${type}`))
      continue;
    const task = pushTask(type, ANY_TYPE);
    all.set(keyOf(task), task);
  }
  return [...all.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, task]) => coverageOf(task, errors, protects, full.has(key) && !incremental.has(key)));
}

function coverageOf(
  task: CollectorTask,
  errors: readonly ScanError[],
  protects: readonly string[],
  is_full: boolean,
): PushCoverage {
  const mine = errors
    .filter((error) => touches(error, task))
    .map((error) => ({ code: codeOf(error), message: error.code ? `${error.code}: ${error.message}` : error.message }));
  const [first] = mine;
  if (first) return { row: { ...task, status: 'failed', code: first.code }, errors: mine };
  if (protects.includes(ANY_TYPE) || protects.some((type) => task.collector === `push.${type}`)) {
    const message = 'an item was rejected that may have been of this type: nothing of it is removed';
    return {
      row: { ...task, status: 'failed', code: 'unreadable_item' },
      errors: [{ code: 'unreadable_item', message }],
    };
  }
  if (is_full) return { row: { ...task, status: 'complete' }, errors: [] };
  return { row: { ...task, status: 'skipped', reason: 'sent in part: not listed as scanned in full' }, errors: [] };
}

const touches = (error: ScanError, { collector, region }: CollectorTask): boolean =>
  (error.entity_type === undefined || collector === `push.${error.entity_type}`) &&
  (error.source_system_id === undefined || region === error.source_system_id);

/** A code that we know is kept; for any other the sender's source did not answer as it should. */
const codeOf = ({ code }: ScanError): ErrorCode => ERROR_CODES.find((known) => known === code) ?? 'source_unreachable';

const keyOf = ({ collector, region }: CollectorTask): string => `${collector} ${region}`;

/** The systems of a statement that an instance does not speak for. */
export const foreignSystems = (statement: ScanScopeStatement, speaks_for: readonly string[]): readonly string[] =>
  statement.sourceSystems.filter((system) => !speaks_for.includes(system));
