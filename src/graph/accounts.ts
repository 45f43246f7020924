import { parseArn } from '../kernel/arn.ts';
import { type AccountId, isAccountId } from '../kernel/ids.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { guardrailsOf } from './guardrails.ts';

/** The account that an entity lives in: that of its ARN, else the one it belongs to (a bucket's ARN names none); undefined where unknown. */
export function accountOf(graph: GraphIndex, entity: GraphEntity): AccountId | undefined {
  const inArn = accountInArn(entity.source_record_id);
  if (inArn !== undefined) return inArn;
  for (const { to } of graph.edgesFrom(entity._id, 'BELONGS_TO')) {
    const account = accountInArn(to.source_record_id);
    if (account !== undefined) return account;
  }
  return undefined;
}

/** The organization that an account is in; undefined where nobody saw it, which does not say that it is in none. */
export const organizationOf = (graph: GraphIndex, account: AccountId, partition: string): string | undefined =>
  guardrailsOf(graph, account, partition).organization;

function accountInArn(text: string): AccountId | undefined {
  const account = parseArn(text)?.account;
  return account !== undefined && isAccountId(account) ? account : undefined;
}
