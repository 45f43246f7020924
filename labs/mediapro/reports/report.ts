import type { Json } from '../../../src/kernel/canonical.ts';
import type { EntityRef, Observation } from '../../../src/observations/observation.ts';

/** What `POST /connector-reports` takes. */
export interface Report {
  readonly source_system: string;
  readonly finished_at: string;
  readonly nodes: readonly object[];
  readonly edges: readonly object[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** The report that observations of one source system amount to: what could not be seen is an error of it. `finished_at`: ISO time. */
export function reportOf(source_system: string, observations: Iterable<Observation>, finished_at: string): Report {
  const nodes: { ref: EntityRef; node: object }[] = [];
  const edges: object[] = [];
  const errors: { code: string; message: string }[] = [];
  const activity = new Map<string, { name: string; value: Json }[]>();
  for (const seen of observations) {
    if (seen.kind === 'node') {
      const { kind: _kind, api: _api, correlation_keys, ...node } = seen;
      nodes.push({ ref: seen, node: { ...node, ...(correlation_keys && { correlationKeys: correlation_keys }) } });
    } else if (seen.kind === 'edge') {
      const { kind: _kind, api: _api, from, to, ...edge } = seen;
      edges.push({ ...edge, from: named(from), to: named(to) });
    } else if (seen.kind === 'activity') {
      const key = keyOf(seen.entity);
      activity.set(key, [...(activity.get(key) ?? []), { name: seen.name, value: seen.value }]);
    } else if (seen.kind === 'gap') {
      const what = seen.item === undefined ? seen.action : `${seen.action}, ${seen.item}`;
      errors.push({ code: seen.code, message: `${what}: ${seen.message}` });
    }
  }
  const withActivity = nodes.map(({ ref, node }) => {
    const mine = activity.get(keyOf(ref));
    return mine ? { ...node, activity: mine } : node;
  });
  return { source_system, finished_at, nodes: withActivity, edges, errors };
}

/** A node names itself by more than this; a report takes no more. */
const named = ({ entity_type, source_system_id, source_record_id }: EntityRef): EntityRef => ({
  entity_type,
  source_system_id,
  source_record_id,
});

const keyOf = ({ source_system_id, source_record_id }: EntityRef): string => `${source_system_id} ${source_record_id}`;
