import * as z from 'zod';
import type { NormalizedEdge, NormalizedNode } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { known } from '../../properties.ts';
import { columnEdge, type InstanceHome, recordRef, userRef } from './instance-ref.ts';
import { Column, Flag, OldColumn, Reference, SysId, tableApi } from './table-page.ts';

/** What is read of a registry of applications: never a secret, never a token. */
export const OauthEntity = z.object({
  sys_id: SysId,
  name: Column,
  type: Column,
  client_id: Column,
  active: Flag,
  token_url: OldColumn,
  default_grant_type: OldColumn,
  user: Reference.optional(),
});
export type OauthEntity = z.infer<typeof OauthEntity>;

/** A client. Who presents its client id acts as its application user: `AUTHENTICATES_AS`. */
export function* toOauthClient(
  entity: OauthEntity,
  home: InstanceHome,
): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  const ref = recordRef('servicenow_oauth_client', home.host, 'oauth_entity', entity.sys_id);
  yield {
    kind: 'node',
    ...ref,
    display_name: entity.name,
    properties: known({
      client_id: entity.client_id,
      oauth_type: entity.type,
      active: entity.active,
      // Without query: it may hold what lets a caller in.
      token_url: entity.token_url === undefined ? undefined : (canonicalEndpoint(entity.token_url) ?? null),
      grant_type: entity.default_grant_type || undefined,
    }),
    api: tableApi('oauth_entity'),
  };
  if (entity.user && entity.active) {
    yield columnEdge('AUTHENTICATES_AS', ref, userRef(home, entity.user), { column: 'user' });
  }
}
