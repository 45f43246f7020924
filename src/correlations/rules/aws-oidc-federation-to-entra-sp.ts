import { principalByObjectId } from '../entra-principals.ts';
import { tenantOfIssuer } from '../entra-tenant.ts';
import type { CorrelationRule } from '../rule.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html: `StringEquals` minds case. */
export const awsOidcFederationToEntraSp: CorrelationRule = {
  id: 'aws-oidc-federation-to-entra-sp',
  title: 'Federated subject that an AWS role trusts is an Entra service principal',
  explanation: `A role of AWS that trusts an OIDC provider of Entra names whom it lets in by the subject of the token, exactly: the object id of a service principal. Issuer and subject together are known to AWS as a subject of its own, and this rule says which service principal that is. The issuers of v1 and of v2 tokens are two subjects in AWS and one service principal.

Nothing is joined by \`aud\` or \`azp\` alone, since an audience is not an actor: everybody in the tenant may ask for a token for it. Nothing is joined by a pattern: a role that lets in \`*\` names nobody. A subject is compared as it is written, because AWS does so: one that differs in case lets nobody in, and an issuer with a slash too many or too few is not Entra's.`,
  effect: 'SAME_ENTITY',
  confidence: 'exact',
  default_enabled: true,
  left: {
    entity_types: ['external_oidc_subject'],
    presents: 'the tenant that its issuer is, and the subject without any wildcard',
    present:
      () =>
      ({ source_system_id: issuer, source_record_id: subject }) => {
        if (/[*?]|\$\{/.test(subject)) return [];
        const key = `${tenantOfIssuer(issuer) ?? issuer}/${subject}`;
        const fields = [
          { field: 'source_system_id', value: issuer },
          { field: 'source_record_id', value: subject },
        ];
        return [{ key, fields }];
      },
  },
  right: principalByObjectId,
};
