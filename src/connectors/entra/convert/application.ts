import * as z from 'zod';
import type { NormalizedNode } from '../../../observations/observation.ts';
import { canonicalGuid, Guid } from '../../microsoft/guid.ts';
import { known } from '../../properties.ts';
import { Credentials, credentialsOf } from './credentials.ts';
import { entraRef } from './entra-ref.ts';

export const APPLICATIONS = 'GET /applications';

/** What is read of an application. https://learn.microsoft.com/graph/api/resources/application */
export const Application = z.object({
  id: Guid,
  appId: Guid,
  displayName: z.string().nullish(),
  signInAudience: z.string().nullish(),
  identifierUris: z.array(z.string()).nullish(),
  api: z.object({ requestedAccessTokenVersion: z.number().nullish() }).nullish(),
  web: z.object({ redirectUris: z.array(z.string()).nullish() }).nullish(),
  ...Credentials,
});
export type Application = z.infer<typeof Application>;

/** A registration: the software, which service principals stand for in each tenant. */
export function* toApplication(
  application: Application,
  tenant_id: string,
): Generator<NormalizedNode, void, undefined> {
  yield {
    kind: 'node',
    ...entraRef('entra_application', tenant_id, application.id),
    display_name: application.displayName ?? application.appId,
    properties: known({
      object_id: application.id,
      app_id: application.appId,
      tenant_id: canonicalGuid(tenant_id),
      sign_in_audience: application.signInAudience ?? undefined,
      identifier_uris: application.identifierUris?.toSorted(),
      access_token_version: application.api?.requestedAccessTokenVersion,
      redirect_uris: application.web?.redirectUris?.toSorted(),
      credentials: credentialsOf(application),
    }),
    api: APPLICATIONS,
  };
}
