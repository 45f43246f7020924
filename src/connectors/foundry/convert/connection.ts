import * as z from 'zod';
import type { NormalizedNode } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { known } from '../../properties.ts';
import { type FoundryHome, foundryRef } from './foundry-ref.ts';

export const CONNECTIONS = 'GET Microsoft.CognitiveServices/accounts/connections';

/**
 * What is read of a connection. Credentials are not among it: without asking for secrets, which nobody does here, they come
 * as null; that they are not known is said by `credentials_shown`.
 */
export const Connection = z.object({
  name: z.string().min(1),
  properties: z.object({
    category: z.string().nullish(),
    authType: z.string().nullish(),
    target: z.string().nullish(),
    isSharedToAll: z.boolean().nullish(),
    audience: z.string().nullish(),
    credentials: z
      .unknown()
      .optional()
      .transform((credentials) => credentials !== null && credentials !== undefined),
  }),
});
export type Connection = z.infer<typeof Connection>;

/** The id of a connection of an account or project: built from the address that was asked, since the one returned may name another provider. */
export const connectionId = (parent: string, name: string): string => `${parent}/connections/${name}`;

/** A connection: what is called, and as whom (`auth_type`). `parent` is the resource id of its account or project. */
export function* toConnection(
  { name, properties }: Connection,
  parent: string,
  home: FoundryHome,
): Generator<NormalizedNode, void, undefined> {
  const target = canonicalEndpoint(properties.target ?? undefined);
  yield {
    kind: 'node',
    ...foundryRef('foundry_connection', home, connectionId(parent, name)),
    display_name: name,
    properties: known({
      target: target ?? null,
      auth_type: properties.authType ?? undefined,
      category: properties.category ?? undefined,
      audience: properties.audience ?? undefined,
      shared_to_all: properties.isSharedToAll ?? undefined,
      credentials_shown: properties.credentials,
    }),
    correlation_keys: target === undefined ? [] : [{ kind: 'endpoint_url', value: target }],
    api: CONNECTIONS,
  };
}
