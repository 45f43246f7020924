import type * as z from 'zod';
import type { ErrorCode } from '../../kernel/failures.ts';
import { type EntityType, isEntityType } from '../../observations/entity-types.ts';
import type {
  EntityRef,
  NormalizedEdge,
  NormalizedNode,
  Observation,
  Statement,
} from '../../observations/observation.ts';
import type { CollectorTask } from '../connector.ts';
import { checkedActivity, checkedProperties, PushedEdge, PushedNode } from './item.ts';

/** One item of a batch, not looked at yet. */
export interface RawItem {
  /** Its place: in `nodes`, in `edges`, or among the lines. */
  readonly index: number;
  readonly kind: 'node' | 'edge' | 'line';
  readonly value: unknown;
}

/** An item that was not taken, and why. */
export interface RejectedItem extends Pick<RawItem, 'index' | 'kind'> {
  readonly code: Extract<ErrorCode, 'unreadable_item' | 'foreign_source'>;
  readonly reason: string;
}

/** Every entity type: what was rejected may have been a thing of any. */
export const ANY_TYPE = '*';

/** In place of a type that nobody knows: nothing of it is held, and still something is missing. */
const UNKNOWN_TYPE = 'unknown';

/** What a batch said, by the task that claims it. */
export interface ReadItems {
  readonly tasks: readonly { readonly task: CollectorTask; readonly observations: readonly Observation[] }[];
  readonly accepted: { readonly nodes: number; readonly edges: number };
  readonly rejected: readonly RejectedItem[];
  /** Entity types of which something was rejected, so that nothing of them may be removed. */
  readonly protects: readonly string[];
}

/** The call that shows pushed things. */
export const PUSH_API = 'push';

/** Who claims what is pushed of a type, of a source system: each is removed, or kept, by itself. */
export const pushTask = (entity_type: string, source_system_id: string): CollectorTask => ({
  collector: `push.${entity_type}`,
  region: source_system_id,
});

/**
 * Names that, put before a record, would read as another system's: fingerprints join both with a colon, so a record
 * `111111111111:arn:...` of a system `aws` would be the role of an AWS account.
 */
const TOO_SHORT: ReadonlySet<string> = new Set(['aws', 'http', 'https']);

/** Sorts the items of a batch into observations by task, and those that cannot be taken. `speaks_for`: the systems of the instance. */
export function readItems(items: Iterable<RawItem>, speaks_for: readonly string[]): ReadItems {
  const isOurs = (system: string): boolean => speaks_for.includes(system) && !TOO_SHORT.has(system);
  const tasks = new Map<string, { task: CollectorTask; observations: Observation[] }>();
  const rejected: RejectedItem[] = [];
  const protects = new Set<string>();
  const accepted = { nodes: 0, edges: 0 };
  for (const item of items) {
    const read = readItem(item, isOurs);
    if (read.outcome === 'rejected') {
      rejected.push({ index: item.index, kind: item.kind, code: read.code, reason: read.reason });
      for (const type of typesOf(item)) protects.add(type);
      continue;
    }
    const key = `${read.task.collector} ${read.task.region}`;
    const group = tasks.get(key) ?? { task: read.task, observations: [] };
    group.observations.push(...read.observations);
    tasks.set(key, group);
    if (read.is_node) accepted.nodes += 1;
    else accepted.edges += 1;
  }
  return { tasks: [...tasks.values()], accepted, rejected, protects: [...protects].sort() };
}

type Read =
  | {
      readonly outcome: 'taken';
      readonly task: CollectorTask;
      readonly observations: readonly Observation[];
      readonly is_node: boolean;
    }
  | { readonly outcome: 'rejected'; readonly code: RejectedItem['code']; readonly reason: string };

const rejection = (code: RejectedItem['code'], reason: string): Read => ({ outcome: 'rejected', code, reason });

function readItem({ kind, value }: RawItem, isOurs: (system: string) => boolean): Read {
  if (kind === 'line') return rejection('unreadable_item', 'the line is not a JSON object with kind "node" or "edge"');
  if (kind === 'node') {
    const node = PushedNode.safeParse(value);
    return node.success ? readNode(node.data, isOurs) : rejection('unreadable_item', reasonOf(node.error));
  }
  const edge = PushedEdge.safeParse(value);
  return edge.success ? readEdge(edge.data, isOurs) : rejection('unreadable_item', reasonOf(edge.error));
}

function readNode(node: PushedNode, isOurs: (system: string) => boolean): Read {
  const { entity_type, source_system_id, source_record_id, display_name, correlationKeys, observed_at } = node;
  if (!isOurs(source_system_id)) {
    return rejection('foreign_source', `source_system_id: this instance does not speak for ${source_system_id}`);
  }
  const ref: EntityRef = { entity_type, source_system_id, source_record_id };
  const observed: NormalizedNode = {
    kind: 'node',
    ...ref,
    display_name,
    properties: checkedProperties(node),
    ...(correlationKeys && { correlation_keys: correlationKeys }),
    api: PUSH_API,
  };
  // When a source last saw a thing changes by itself and says nothing of authority: it must not make a claim another one.
  const activity = [
    ...checkedActivity(node),
    ...(observed_at === undefined ? [] : [{ name: 'source_observed_at', value: observed_at }]),
  ].map(({ name, value }) => ({ kind: 'activity' as const, entity: ref, name, value }));
  const task = pushTask(entity_type, source_system_id);
  return { outcome: 'taken', task, observations: [observed, ...activity], is_node: true };
}

function readEdge(edge: PushedEdge, isOurs: (system: string) => boolean): Read {
  const { edge_type, from, to } = edge;
  const stated_by: Statement = edge.stated_by ?? {
    source_system_id: from.source_system_id,
    source_record_id: from.source_record_id,
    source_field_path: `${edge_type}[${to.source_system_id}:${to.source_record_id}]`,
  };
  if (!isOurs(stated_by.source_system_id)) {
    const field = edge.stated_by ? 'stated_by.source_system_id' : 'from.source_system_id';
    return rejection('foreign_source', `${field}: this instance does not speak for ${stated_by.source_system_id}`);
  }
  if (!isOurs(from.source_system_id) && !isOurs(to.source_system_id)) {
    return rejection('foreign_source', 'from, to: at least one end must be of a system that this instance speaks for');
  }
  const observed: NormalizedEdge = {
    kind: 'edge',
    edge_type,
    from,
    to,
    stated_by,
    properties: checkedProperties(edge),
    api: PUSH_API,
  };
  const task = pushTask(statingType(from, to, stated_by), stated_by.source_system_id);
  return { outcome: 'taken', task, observations: [observed], is_node: false };
}

/** An edge belongs to the type of the record that states it; where that is neither end, to the type of `from`. */
const statingType = (from: EntityRef, to: EntityRef, by: Statement): EntityType =>
  isRecordOf(to, by) && !isRecordOf(from, by) ? to.entity_type : from.entity_type;

const isRecordOf = (ref: EntityRef, by: Statement): boolean =>
  ref.source_system_id === by.source_system_id && ref.source_record_id === by.source_record_id;

/** The entity types that an item which was rejected may have been about. */
function typesOf({ kind, value }: RawItem): readonly string[] {
  const named = kind === 'edge' ? [member(value, 'from'), member(value, 'to')] : [value];
  const types = named.map((one) => member(one, 'entity_type'));
  // A type that nobody knows is claimed by nobody; one that cannot be read may be any.
  return types.map((type) => (isEntityType(type) ? type : typeof type === 'string' ? UNKNOWN_TYPE : ANY_TYPE));
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

const LONGEST_REASON = 600;

function reasonOf(error: z.ZodError): string {
  const said = error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.join('.');
    return issue.code === 'unrecognized_keys'
      ? `${[...issue.path, issue.keys[0]?.slice(0, 80)].join('.')}: is not a field`
      : `${path || 'item'}: ${issue.message}`;
  });
  return said.join('; ').slice(0, LONGEST_REASON);
}
