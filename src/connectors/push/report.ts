import * as z from 'zod';
import { isEntityType } from '../../observations/entity-types.ts';
import type { PushedEnd } from './batch.ts';
import type { ScanError } from './scan-scope.ts';

/**
 * What senders of reports call things. The first name is ours; any of the others is taken for it where ours is absent. A
 * member with no name here is passed over in the report, and makes an item unreadable in a node or edge.
 */
export const REPORT_NAMES = {
  report: {
    source_system: ['sourceSystem', 'source_system_id', 'sourceSystemId'],
    instance_id: ['instanceId', 'connector_instance_id', 'connectorInstanceId'],
    started_at: ['startedAt'],
    finished_at: ['finishedAt', 'completed_at', 'completedAt'],
    nodes: ['entities', 'records'],
    edges: ['relationships', 'relations'],
    errors: ['failures'],
  },
  ref: {
    entity_type: ['entityType', 'type'],
    source_system_id: ['sourceSystemId', 'source_system', 'sourceSystem'],
    source_record_id: ['sourceRecordId', 'record_id', 'recordId', 'id'],
  },
  node: {
    display_name: ['displayName', 'name', 'label'],
    properties: ['attributes', 'props'],
    correlationKeys: ['correlation_keys'],
    observed_at: ['observedAt'],
  },
  edge: {
    edge_type: ['edgeType', 'type', 'relationship'],
    from: ['fromRef', 'from_ref', 'source', 'sourceRef'],
    to: ['toRef', 'to_ref', 'target', 'targetRef'],
    stated_by: ['statedBy'],
    properties: ['attributes', 'props'],
  },
  stated_by: {
    source_system_id: ['sourceSystemId', 'source_system', 'sourceSystem'],
    source_record_id: ['sourceRecordId', 'record_id', 'recordId', 'id'],
    source_field_path: ['sourceFieldPath', 'field_path', 'fieldPath'],
  },
  error: {
    entity_type: ['entityType', 'type'],
    source_system_id: ['sourceSystemId', 'source_system', 'sourceSystem'],
    code: ['error_code', 'errorCode'],
    message: ['error', 'reason', 'detail'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

type Names = Readonly<Record<string, readonly string[]>>;

/** A value with its members under our names; whatever has no name here keeps its own. */
function renamed(value: unknown, names: Names): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = new Map<string, unknown>(Object.entries(value));
  for (const [ours, others] of Object.entries(names)) {
    const name = given.has(ours) ? undefined : others.find((other) => given.has(other));
    if (name === undefined) continue;
    given.set(ours, given.get(name));
    given.delete(name);
  }
  return Object.fromEntries(given);
}

const Report = z.object({
  source_system: z.string().min(1).max(200),
  instance_id: z.string().min(1).max(100).exactOptional(),
  started_at: z.string().max(64).nullish(),
  finished_at: z.string().max(64).nullish(),
  nodes: z.array(z.unknown()).default([]),
  edges: z.array(z.unknown()).default([]),
  errors: z.array(z.unknown()).max(10_000).default([]),
  // Whatever else a report holds is passed over; a tenant must not seem to be obeyed.
  tenant_id: z.never('is not a field of this request').optional(),
});

/** POST /connector-reports: what one source system had at one moment, under whatever names. */
export const ConnectorReport = z
  .unknown()
  .meta({
    type: 'object',
    description:
      'source_system, instance_id (where several instances speak for the system), started_at, finished_at, nodes, edges, errors; each also under other names: docs/push.md',
  })
  .transform((value) => renamed(value, REPORT_NAMES.report))
  .pipe(Report);
export type ConnectorReport = z.infer<typeof ConnectorReport>;

/** Errors of a report that are kept one by one. */
const MOST_ERRORS = 1_000;

/**
 * The end of a push run that a report amounts to. A report without errors is the whole of those types that occur in it; with
 * an error it says nothing of what is gone.
 */
export function endOf(report: ConnectorReport): PushedEnd {
  const nodes = report.nodes.map((node) => nodeOf(node, report.source_system));
  const edges = report.edges.map((edge) => edgeOf(edge, report.source_system));
  const errors = report.errors.slice(0, MOST_ERRORS).map(errorOf);
  const types = nodes.map((node) => member(node, 'entity_type')).filter(isEntityType);
  return {
    nodes,
    edges,
    items: [],
    scanScope: {
      mode: errors.length === 0 ? 'full' : 'incremental',
      sourceSystems: [report.source_system],
      scannedEntityTypes: [...new Set(types)].sort(),
      errors,
    },
  };
}

function nodeOf(value: unknown, system: string): unknown {
  const node = refOf(renamed(value, REPORT_NAMES.node), system);
  if (typeof node !== 'object' || node === null) return node;
  const record: unknown = Reflect.get(node, 'source_record_id');
  return { properties: {}, ...(typeof record === 'string' && { display_name: record.slice(0, 512) }), ...given(node) };
}

function edgeOf(value: unknown, system: string): unknown {
  const edge = renamed(value, REPORT_NAMES.edge);
  if (typeof edge !== 'object' || edge === null || Array.isArray(edge)) return edge;
  const stated_by = renamed(member(edge, 'stated_by'), REPORT_NAMES.stated_by);
  return {
    properties: {},
    ...given(edge),
    from: refOf(member(edge, 'from'), system),
    to: refOf(member(edge, 'to'), system),
    ...(stated_by !== undefined && stated_by !== null && { stated_by }),
  };
}

/** A thing that a report names without a system is of the report's own. */
function refOf(value: unknown, system: string): unknown {
  const ref = renamed(value, REPORT_NAMES.ref);
  if (typeof ref !== 'object' || ref === null || Array.isArray(ref)) return ref;
  return { source_system_id: system, ...given(ref) };
}

function errorOf(value: unknown): ScanError {
  if (typeof value === 'string') return { message: cut(value, 2_000) };
  const error = renamed(value, REPORT_NAMES.error);
  const text = (name: string, most: number): string | undefined => {
    const given: unknown = member(error, name);
    return typeof given === 'string' && given !== '' ? cut(given, most) : undefined;
  };
  const entity_type = text('entity_type', 100);
  const code = text('code', 100);
  return {
    ...(entity_type !== undefined && { entity_type }),
    ...(code !== undefined && { code }),
    message: text('message', 2_000) ?? 'the report names an error without a message',
  };
}

const cut = (text: string, most: number): string => text.slice(0, most) || 'an error without words';

/** Members that are there: legacy senders write null for what they do not know. */
const given = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null && one !== undefined));

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
