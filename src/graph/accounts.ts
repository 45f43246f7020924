import { parseArn } from '../kernel/arn.ts';
import { type AccountId, isAccountId } from '../kernel/ids.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { textOf } from './properties.ts';

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

/**
 * The organization that an account is in, found by going up from the account; undefined where nobody saw it, which does not
 * say that it is in none.
 */
export function organizationOf(graph: GraphIndex, account: AccountId, partition: string): string | undefined {
  let ids = idsOf(graph.entityByArn(`arn:${partition}:iam::${account}:root`));
  const seen = new Set<string>();
  while (ids.length > 0) {
    const above: string[] = [];
    for (const id of ids) {
      if (seen.has(id)) continue;
      seen.add(id);
      const entity = graph.entity(id);
      if (entity?.entity_type === 'aws_organization') return organizationId(entity);
      above.push(...graph.edgesFrom(id, 'BELONGS_TO').map(({ to }) => to.id));
    }
    ids = above;
  }
  return undefined;
}

const idsOf = (entity: GraphEntity | undefined): readonly string[] => (entity ? [entity._id] : []);

/** `o-...`, which is also the last part of the organization's ARN. */
const organizationId = (organization: GraphEntity): string | undefined =>
  textOf(organization, 'organization_id') ?? /organization\/(o-[a-z0-9]+)$/.exec(organization.source_record_id)?.[1];

function accountInArn(text: string): AccountId | undefined {
  const account = parseArn(text)?.account;
  return account !== undefined && isAccountId(account) ? account : undefined;
}
