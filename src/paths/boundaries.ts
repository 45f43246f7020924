import { accountOf } from '../graph/accounts.ts';
import type { GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';

/** What lies between a workload and something that it reaches. */
export type Boundary = 'account' | 'connector';

/** The boundaries between two entities. Where the account of one is not known, or it has none, no account boundary is claimed. */
export function boundariesBetween(graph: Graph, here: GraphEntity, there: GraphEntity): readonly Boundary[] {
  const [ours, theirs] = [accountOf(graph, here), accountOf(graph, there)];
  const boundaries: Boundary[] = [];
  if (ours !== undefined && theirs !== undefined && ours !== theirs) boundaries.push('account');
  if (connectorOf(here) !== connectorOf(there)) boundaries.push('connector');
  return boundaries;
}

/** The family of source systems that an entity is of: `aws` in `aws:111111111111`. */
const connectorOf = ({ source_system_id }: GraphEntity): string => source_system_id.split(':', 1)[0] ?? '';
