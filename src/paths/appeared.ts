import type { Cause } from './cause.ts';
import type { ChangeContext } from './change.ts';
import type { EntityReference, Hop, HopEvidence, Path } from './path.ts';

/** What of a path was not known before this stitch: what the runs since then were the first to see, and new correlations. */
export function whatIsNew({ workload, hops, sensitivity, resource }: Path, context: ChangeContext): readonly Cause[] {
  const ends = [workload, ...hops.map(({ to }) => to)];
  const shown = [
    ...ends.flatMap((end) => newEntity(end, context)),
    ...hops.flatMap((hop) => hop.evidence.flatMap((evidence) => newEvidence(hop, evidence, context))),
    ...sensitivity.evidence.flatMap((seen) => newClassification(seen, resource, sensitivity.value, context)),
  ];
  if (shown.length > 0) return shown;
  // A statement that forbade is gone: nothing that is there shows it but that the policies changed.
  const derived = hops.filter(({ edge_type }) => edge_type.startsWith('CAN_'));
  return derived.flatMap(({ from, to }) => [from, to]).flatMap((end) => newProperties(end, context));
}

/** An entity that the runs were the first to see. */
function newEntity({ id, display_name }: EntityReference, { graph, runs }: ChangeContext): readonly Cause[] {
  const lineage = graph.entity(id)?.lineage_records ?? [];
  const run_id = lineage[0]?.run_id;
  if (run_id === undefined || !lineage.every((record) => runs.has(record.run_id))) return [];
  return [{ code: 'first_seen', message: `${display_name} was seen for the first time`, subject: id, run_id }];
}

function newEvidence({ from, to }: Hop, evidence: HopEvidence, context: ChangeContext): readonly Cause[] {
  if (evidence.kind === 'correlation') return [context.correlation_causes.get(evidence.correlation_id) ?? []].flat();
  const { run_id, source_record_id, source_field_path } = evidence;
  if (!context.runs.has(run_id)) return [];
  const seen = { subject: source_record_id, run_id };
  if (evidence.kind === 'edge') {
    const message = `${evidence.edge_type} at ${source_record_id} ${source_field_path} is new`;
    return [{ code: 'edge_appeared', message, ...seen }];
  }
  const message = `${source_field_path} of ${source_record_id} bears on ${from.display_name} -> ${to.display_name}, and is new or changed`;
  return [{ code: evidence.kind === 'statement' ? 'policy_changed' : 'property_changed', message, ...seen }];
}

function newClassification(
  { run_id, source_record_id }: { readonly run_id: string; readonly source_record_id: string },
  { display_name }: EntityReference,
  value: string,
  { runs }: ChangeContext,
): readonly Cause[] {
  if (!runs.has(run_id)) return [];
  const message = `${display_name} is sensitive: ${value}`;
  return [{ code: 'resource_classified', message, subject: source_record_id, run_id }];
}

/** Properties by which an entity names its policies. */
const NAMES_POLICIES = /polic|boundary|grants/;

/** The policies of an entity that runs saw new or changed. */
export function newProperties(end: EntityReference, { graph, runs }: ChangeContext): readonly Cause[] {
  const entity = graph.entity(end.id);
  if (!entity) return [];
  return Object.entries(entity.property_provenance)
    .filter(([name, { run_id }]) => NAMES_POLICIES.test(name) && runs.has(run_id))
    .map(([name, { run_id }]) => ({
      code: 'policy_changed' as const,
      message: `${name} of ${end.display_name} changed`,
      subject: end.id,
      run_id,
    }));
}
