import {
  GetOpenIDConnectProviderCommand,
  type GetOpenIDConnectProviderResponse,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListSAMLProvidersCommand,
  type SAMLProviderListEntry,
} from '@aws-sdk/client-iam';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import { listed, oneItem, readItem, readListing } from '../reading.ts';
import type { AwsCollector } from '../session.ts';
import { sortedTags } from '../tags.ts';
import { entraTenantOf } from './entra-issuer.ts';
import { type Home, issuerRef } from './principal-ref.ts';

const LIST_OIDC = 'iam:ListOpenIDConnectProviders';
const GET_OIDC = 'iam:GetOpenIDConnectProvider';
const LIST_SAML = 'iam:ListSAMLProviders';

/** The OIDC providers of an account, and the issuers that they stand for. */
export const oidcProviders: AwsCollector = {
  id: 'iam.oidc-providers',
  category: 'aws_iam',
  regional: false,
  entity_types: ['aws_oidc_provider', 'external_oidc_provider'],
  edge_types: ['FEDERATES', 'BELONGS_TO'],
  actions: [LIST_OIDC, GET_OIDC],
  async *collect(session) {
    const client = session.client(IAMClient);
    const { OpenIDConnectProviderList } = await readListing(LIST_OIDC, () =>
      client.send(new ListOpenIDConnectProvidersCommand({})),
    );
    for (const { Arn } of listed(LIST_OIDC, OpenIDConnectProviderList)) {
      yield* oneItem({ action: GET_OIDC, item: Arn ?? 'a provider without an ARN' }, async function* () {
        const arn = required(Arn, 'Arn');
        const provider = yield* readItem({ action: GET_OIDC, item: arn }, () =>
          client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
        );
        yield* toOidcProvider(arn, provider.known ? provider.value : undefined, session);
      });
    }
  },
};

/** An OIDC provider; only its ARN is known where `provider` is undefined. The issuer itself is shared by all who trust it. */
export function* toOidcProvider(
  arn: string,
  provider: GetOpenIDConnectProviderResponse | undefined,
  home: Home,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_oidc_provider', arn);
  // The ARN ends in the issuer without its scheme.
  const issuer = issuerRef(provider?.Url ?? arn.slice(arn.indexOf('/') + 1));
  yield {
    kind: 'node',
    ...ref,
    display_name: issuer.source_record_id,
    properties: known({
      arn,
      providerUrl: issuer.source_record_id,
      client_ids: provider && [...(provider.ClientIDList ?? [])].sort(),
      thumbprints: provider && [...(provider.ThumbprintList ?? [])].sort(),
      created_at: moment(provider?.CreateDate),
      tags: provider && sortedTags(provider.Tags),
    }),
    api: provider ? GET_OIDC : LIST_OIDC,
  };
  yield {
    kind: 'node',
    ...issuer,
    display_name: issuer.source_record_id,
    properties: known({
      providerUrl: issuer.source_record_id,
      entra_tenant_id: entraTenantOf(issuer.source_record_id),
    }),
    api: GET_OIDC,
  };
  yield {
    kind: 'edge',
    edge_type: 'FEDERATES',
    from: issuer,
    to: ref,
    stated_by: statedBy(arn, `Url[${issuer.source_record_id}]`),
    properties: {},
    api: GET_OIDC,
  };
  yield belongsTo(ref, home, LIST_OIDC);
}

/** The SAML providers of an account. */
export const samlProviders: AwsCollector = {
  id: 'iam.saml-providers',
  category: 'aws_iam',
  regional: false,
  entity_types: ['aws_saml_provider'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST_SAML],
  async *collect(session) {
    const { SAMLProviderList } = await readListing(LIST_SAML, () =>
      session.client(IAMClient).send(new ListSAMLProvidersCommand({})),
    );
    for (const provider of listed(LIST_SAML, SAMLProviderList)) {
      yield* oneItem({ action: LIST_SAML, item: provider.Arn ?? 'a provider without an ARN' }, () =>
        toSamlProvider(provider, session),
      );
    }
  },
};

/** A SAML provider as the listing shows it. Throws TypeError where it has no ARN. */
export function* toSamlProvider(provider: SAMLProviderListEntry, home: Home): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_saml_provider', required(provider.Arn, 'Arn'));
  yield {
    kind: 'node',
    ...ref,
    display_name: ref.source_record_id.slice(ref.source_record_id.indexOf('/') + 1),
    properties: known({
      arn: ref.source_record_id,
      created_at: moment(provider.CreateDate),
      valid_until: moment(provider.ValidUntil),
    }),
    api: LIST_SAML,
  };
  yield belongsTo(ref, home, LIST_SAML);
}
