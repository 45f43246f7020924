import * as z from 'zod';
import type { NormalizedNode } from '../../../observations/observation.ts';
import { canonicalGuid, Guid } from '../../microsoft/guid.ts';
import { known } from '../../properties.ts';
import { entraRef } from './entra-ref.ts';

export const USERS = 'GET /users';

/** What is read of a person: what names them, and nothing else that the directory tells. https://learn.microsoft.com/graph/api/resources/user */
export const User = z.object({
  id: Guid,
  displayName: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  mail: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
});
export type User = z.infer<typeof User>;

/** A person. Their object id is what they are known by elsewhere; names and addresses change hands. */
export function* toUser(user: User, tenant_id: string): Generator<NormalizedNode, void, undefined> {
  yield {
    kind: 'node',
    ...entraRef('human_identity', tenant_id, user.id),
    display_name: user.displayName ?? user.userPrincipalName ?? user.id,
    properties: known({
      object_id: user.id,
      tenant_id: canonicalGuid(tenant_id),
      user_principal_name: user.userPrincipalName ?? undefined,
      email: user.mail ?? null,
      account_enabled: user.accountEnabled ?? undefined,
      user_type: user.userType ?? undefined,
    }),
    api: USERS,
  };
}
