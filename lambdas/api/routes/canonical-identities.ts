import { AppError } from '../../../src/kernel/failures.ts';
import type { CanonicalIdentityStore } from '../../../src/store/canonical-identities.ts';
import { shown } from '../answers/correlations.ts';
import { listOf } from '../answers/exactly.ts';
import { IdentityAnswer } from '../answers/identities.ts';
import { TypeOfEntity } from '../answers/paths.ts';
import { DerivedId, Name, RuleId } from '../filters.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface CanonicalIdentityDeps {
  readonly identities: Pick<CanonicalIdentityStore, 'list' | 'get'>;
}

const IdentityFilter = Page.extend({
  entity_type: TypeOfEntity.optional(),
  source_system_id: Name.optional().describe('A source system that has one of its records'),
  rule: RuleId.optional().describe('A rule that joins some of it'),
  entity: DerivedId.optional().describe('The id of an entity that is one of its records'),
});

export const canonicalIdentityRoutes = (deps: CanonicalIdentityDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/canonical-identities',
      summary: 'List what is one across systems, with its records',
      permission: 'entities:read',
      status: 200,
      query: IdentityFilter,
      answer: listOf(IdentityAnswer),
    },
    async ({ query: { limit, cursor, ...filter }, caller }) => {
      const after = positionOf('canonical-identities', cursor, DerivedId);
      const rows = await deps.identities.list(caller, filter, limit + 1, after);
      return pageOf('canonical-identities', rows.map(shown), limit, ({ _id }) => _id);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/canonical-identities/:id',
      summary: 'Read one identity, by its present id or by a former one',
      permission: 'entities:read',
      status: 200,
      answer: IdentityAnswer,
    },
    async ({ params: { id = '' }, caller }) => {
      const identity = DerivedId.safeParse(id).success ? await deps.identities.get(caller, id) : undefined;
      if (!identity) throw new AppError('not_found', `there is no canonical identity ${id}`);
      return shown(identity);
    },
  ),
];
