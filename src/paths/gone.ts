import { isObserved } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { EDGE_TYPES, type EdgeType } from '../observations/entity-types.ts';
import { newProperties } from './appeared.ts';
import type { Cause } from './cause.ts';
import type { ChangeContext } from './change.ts';
import type { EntityReference, Hop, HopEvidence, Path } from './path.ts';
import { sensitivityOf } from './sensitive.ts';

/** What a path rested on that does not hold any more. */
export function whatIsGone(path: Path, context: ChangeContext): readonly Cause[] {
  const missing = [path.workload, ...path.hops.map(({ to }) => to)].flatMap((end) => goneEntity(end, context));
  if (missing.length > 0) return missing;
  const gone = [...path.hops.flatMap((hop) => goneIn(hop, context)), ...goneSensitivity(path, context)];
  return gone.length > 0 ? gone : path.hops.flatMap((hop) => changedPolicies(hop, context));
}

function goneEntity({ id, display_name, observed }: EntityReference, { graph }: ChangeContext): readonly Cause[] {
  const entity = graph.entity(id);
  if (entity && (!observed || isObserved(entity))) return [];
  return [{ code: 'entity_gone', message: `${display_name} is not there any more`, subject: id }];
}

/** What a hop rested on: the edge that states it, the edges by which policies came to bear, correlations. */
function goneIn(hop: Hop, context: ChangeContext): readonly Cause[] {
  const { graph } = context;
  const { edge_type, from, to } = hop;
  const stated = EDGE_TYPES.find((type) => type === edge_type);
  if (stated && stated !== 'CAN_ACCESS' && !isStated(graph, stated, from.id, to.id)) {
    const message = `${edge_type} from ${from.display_name} to ${to.display_name} is not stated any more`;
    return [{ code: 'edge_went', message, subject: from.id, ...onlyRun(context) }];
  }
  return hop.evidence.flatMap((evidence) => goneEvidence(evidence, context));
}

const isStated = (graph: Graph, type: EdgeType, from: string, to: string): boolean =>
  graph.edgesFrom(from, type).some((edge) => edge.to.id === to);

function goneEvidence(evidence: HopEvidence, { correlations, correlation_causes }: ChangeContext): readonly Cause[] {
  if (evidence.kind !== 'correlation' || correlations.has(evidence.correlation_id)) return [];
  const { rule_id, correlation_id, left, right } = evidence;
  const message = `${rule_id} does not join ${left.source_record_id} and ${right.source_record_id} any more`;
  return [correlation_causes.get(correlation_id) ?? { code: 'correlation_went', message, subject: correlation_id }];
}

function goneSensitivity({ resource, sensitivity }: Path, context: ChangeContext): readonly Cause[] {
  const entity = context.graph.entity(resource.id);
  if (!entity || sensitivity.reason === 'administrator' || sensitivityOf(entity)) return [];
  const because = `${sensitivity.reason}: ${sensitivity.value}`;
  const message = `${resource.display_name} is not sensitive any more (it was by ${because})`;
  return [{ code: 'resource_classified', message, subject: resource.id, ...onlyRun(context) }];
}

/** Everything on the way is still stated: then policies do not permit it any more, of which the run tells what it saw change. */
function changedPolicies(hop: Hop, context: ChangeContext): readonly Cause[] {
  if (!hop.edge_type.startsWith('CAN_')) return [];
  const { edge_type, from, to } = hop;
  const seen = [from, to].flatMap((end) => newProperties(end, context));
  const attached = goneAttachments(hop, context.graph);
  if (seen.length + attached.length === 0) return [];
  const message = `${edge_type} from ${from.display_name} to ${to.display_name} does not follow from policies as it did`;
  return [{ code: 'policy_changed', message, subject: from.id, ...onlyRun(context) }, ...attached, ...seen];
}

/** Policies that came to bear on the hop by an attachment or membership that is not there any more. */
const goneAttachments = ({ from, evidence }: Hop, graph: Graph): readonly Cause[] =>
  evidence.flatMap((one) => {
    if (one.kind !== 'edge' || one.source_record_id !== from.source_record_id) return [];
    const { edge_type, source_field_path } = one;
    const isThere = graph
      .edgesFrom(from.id, edge_type)
      .some(({ lineage_records }) => lineage_records.some((seen) => seen.source_field_path === source_field_path));
    if (isThere) return [];
    const message = `${source_field_path} of ${from.display_name} is not stated any more`;
    return [{ code: 'edge_went' as const, message, subject: from.id }];
  });

/** The run that saw that something is gone, where only one can have. */
function onlyRun({ runs }: ChangeContext): { readonly run_id?: string } {
  const [run_id, ...others] = runs;
  return run_id !== undefined && others.length === 0 ? { run_id } : {};
}
