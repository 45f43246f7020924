import * as z from 'zod';
import type { ActivityValue } from '../../../src/inventory/stores.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import type { Visibility } from '../../../src/kernel/ids.ts';
import { EDGE_TYPES } from '../../../src/observations/entity-types.ts';
import type { EdgeStore, ListedEdge } from '../../../src/store/edges.ts';
import type { EntityNaming, EntityStore, WholeEntity } from '../../../src/store/entities.ts';
import { EdgeAnswer, EntityAnswer, ListedEntityAnswer, type ShownEdge, type ShownEnd } from '../answers/entities.ts';
import { listOf } from '../answers/exactly.ts';
import { TypeOfEntity } from '../answers/paths.ts';
import { Account, DerivedId, Flag, Name } from '../filters.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { seenEntity } from '../seen-entities.ts';

export interface EntityDeps {
  readonly entities: Pick<EntityStore, 'list' | 'whole' | 'names'>;
  readonly edges: Pick<EdgeStore, 'ofEntity' | 'isNamed'>;
  readonly activityOf: (tenant_id: string, entity_ids: readonly string[]) => Promise<readonly ActivityValue[]>;
  /** The canonical identities of entities, by entity, where the caller sees every member. */
  readonly identitiesOf: (whose: Visibility, entity_ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

const EntityFilter = Page.extend({
  entity_type: TypeOfEntity.optional(),
  source_system_id: Name.optional().describe('`aws:<account>`, `entra:<tenant>` and the like'),
  source_record_id: Name.optional().describe("The ARN, or the source's own id"),
  account: Account.optional().describe('The AWS account that it lives in'),
  display_name_prefix: Name.optional().describe('How its name begins; upper and lower case differ'),
  instance_id: z.string().min(1).max(100).optional().describe('A connector instance that claims it'),
  retired: Flag.optional().describe('`true`: only what is retired; else only what is not'),
});

const EdgeFilter = Page.extend({
  direction: z.enum(['out', 'in']).optional().describe('`out`: that begin at it; `in`: that end at it; else both'),
  edge_type: z.enum(EDGE_TYPES).optional(),
});

/** Positions in both lists are ids. */
const Position = DerivedId;

export const entityRoutes = (deps: EntityDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/entities',
      summary: 'List what is believed to exist',
      permission: 'entities:read',
      status: 200,
      query: EntityFilter,
      answer: listOf(ListedEntityAnswer),
    },
    async ({ query: { limit, cursor, ...filter }, caller }) => {
      const after = positionOf('entities', cursor, Position);
      const rows = await deps.entities.list(caller, filter, limit + 1, after);
      const page = pageOf('entities', rows, limit, ({ _id }) => _id);
      const joined = await deps.identitiesOf(
        caller,
        page.items.map(({ _id }) => _id),
      );
      return { ...page, items: page.items.map((entity) => ({ ...entity, ...identityIn(joined, entity) })) };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/entities/:id',
      summary: 'Read one entity: what is believed of it, who says so, and since when',
      permission: 'entities:read',
      status: 200,
      answer: EntityAnswer,
    },
    async ({ params, caller }) => {
      const { workspace_ids: _workspaces, ...entity } = await foundEntity(deps, caller, params.id);
      const [joined, activity] = await Promise.all([
        deps.identitiesOf(caller, [entity._id]),
        deps.activityOf(caller.tenant_id, [entity._id]),
      ]);
      return {
        ...entity,
        ...identityIn(joined, entity),
        observed: entity.lineage_records.length > 0,
        activity: activity.map(({ entity_id: _entity, ...value }) => value),
      };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/entities/:id/edges',
      summary: 'List the relations of an entity that sources state',
      permission: 'entities:read',
      status: 200,
      query: EdgeFilter,
      answer: listOf(EdgeAnswer),
    },
    async ({ params, query: { limit, cursor, ...filter }, caller }) => {
      const entity = await foundEntity(deps, caller, params.id);
      const list = `edges of ${entity._id}`;
      const rows = await deps.edges.ofEntity(caller, entity._id, filter, limit + 1, positionOf(list, cursor, Position));
      const page = pageOf(list, rows, limit, ({ _id }) => _id);
      return { ...page, items: await named(deps, caller, page.items) };
    },
  ),
];

/** The entity that a path names. Throws AppError `not_found` where the caller sees none. */
async function foundEntity(deps: EntityDeps, caller: Visibility, id = ''): Promise<WholeEntity> {
  const entity = await seenEntity(deps, caller, id);
  if (entity) return entity;
  throw new AppError('not_found', `there is no entity ${id}`);
}

const identityIn = (joined: ReadonlyMap<string, string>, { _id }: { readonly _id: string }) => {
  const canonical_identity_id = joined.get(_id);
  return canonical_identity_id === undefined ? {} : { canonical_identity_id };
};

/** Edges with their ends called as the caller sees them. */
async function named(
  deps: EntityDeps,
  caller: Visibility,
  edges: readonly ListedEdge[],
): Promise<readonly ShownEdge[]> {
  const names = await deps.entities.names(caller, [...new Set(edges.flatMap(({ from, to }) => [from.id, to.id]))]);
  return edges.map((edge) => ({ ...edge, from: called(edge.from, names), to: called(edge.to, names) }));
}

const called = (end: ListedEdge['from'], names: ReadonlyMap<string, EntityNaming>): ShownEnd => ({
  ...end,
  ...(names.get(end.id) ?? { display_name: end.source_record_id }),
});
