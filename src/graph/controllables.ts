import type { AccountId } from '../kernel/ids.ts';
import { type EntityType, isEntityType } from '../observations/entity-types.ts';
import { accountOf } from './accounts.ts';
import { type GraphEntity, isObserved } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { perGraph } from './per-graph.ts';
import { TECHNIQUES } from './techniques.ts';

/** Everything of one account and type that a technique controls or makes use of and that somebody saw, ordered by id. */
export function controllables(graph: GraphIndex, account: AccountId, type: EntityType): readonly GraphEntity[] {
  const key = `${account} ${type}`;
  const known = observed(graph);
  const found = known.get(key) ?? byAccount(graph).get(account)?.get(type)?.filter(isObserved) ?? [];
  known.set(key, found);
  return found;
}

const observed = perGraph(() => new Map<string, readonly GraphEntity[]>());

const TYPES: ReadonlySet<EntityType> = new Set(
  TECHNIQUES.flatMap(({ controls, needs }) => [...controls, ...needs.flatMap(({ of }) => existingType(of) ?? [])]),
);

/** The type in `existing <type>`. */
export function existingType(of: string): EntityType | undefined {
  const [word, type] = of.split(' ');
  return word === 'existing' && isEntityType(type) ? type : undefined;
}

const byAccount = perGraph((graph) => {
  const accounts = new Map<AccountId, Map<EntityType, GraphEntity[]>>();
  for (const entity of graph.entities) {
    if (!TYPES.has(entity.entity_type)) continue;
    const account = accountOf(graph, entity);
    if (account === undefined) continue;
    const types = accounts.get(account) ?? new Map<EntityType, GraphEntity[]>();
    accounts.set(account, types);
    const entities = types.get(entity.entity_type);
    if (entities) entities.push(entity);
    else types.set(entity.entity_type, [entity]);
  }
  return accounts;
});
