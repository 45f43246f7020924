import { accountArn, parseArn } from '../../../kernel/arn.ts';
import { isAccountId } from '../../../kernel/ids.ts';
import type { EntityRef } from '../../../observations/observation.ts';
import { accountRef, arnRef } from '../entity-ref.ts';
import type { AwsSession } from '../session.ts';

/** The account that a statement was read in. */
export type Home = Pick<AwsSession, 'account' | 'partition'>;

/** How far away the trusted principal is: in the account, in another one, or no AWS account at all. */
export type TrustBoundary = 'same_account' | 'cross_account' | 'external';

/** A principal of a trust policy: what it names, and how far away that is. */
export interface TrustedPrincipal {
  readonly ref: EntityRef;
  readonly boundary: TrustBoundary;
}

/** Members of `Principal`. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export const PRINCIPAL_TYPES = ['AWS', 'Service', 'Federated', 'CanonicalUser'] as const;
export type PrincipalType = (typeof PRINCIPAL_TYPES)[number];

/** What one value of a `Principal` names. Never throws: what we do not know is an external principal under its own name. */
export function trustedPrincipal(type: PrincipalType, value: string, home: Home): TrustedPrincipal {
  if (value === '*') return { ref: inPartition('aws_anyone', value, home), boundary: 'external' };
  switch (type) {
    // A service acts on behalf of the account that trusts it; which account's resource made it act, conditions say.
    case 'Service':
      return { ref: inPartition('aws_service_principal', value, home), boundary: 'same_account' };
    case 'Federated':
      return federated(value);
    case 'CanonicalUser':
      return { ref: inPartition('external_aws_principal', value, home), boundary: 'external' };
    case 'AWS':
      return awsPrincipal(value, home);
  }
}

function awsPrincipal(value: string, home: Home): TrustedPrincipal {
  if (isAccountId(value)) return ofAccount(value, home, accountRef(value, home));
  const arn = parseArn(value);
  // A unique id (AROA..., AIDA...) is what IAM leaves in the policy when the role or user that it named was deleted.
  if (!arn) return { ref: inPartition('external_aws_principal', value, home), boundary: 'external' };
  if (value === accountArn(arn.account, arn.partition)) {
    const ref = accountRef(arn.account, { account: home.account, partition: arn.partition });
    return ofAccount(arn.account, home, ref);
  }
  if (arn.service === 'iam' && arn.resource.startsWith('role/'))
    return ofAccount(arn.account, home, arnRef('aws_iam_role', value));
  if (arn.service === 'iam' && arn.resource.startsWith('user/'))
    return ofAccount(arn.account, home, arnRef('aws_iam_user', value));
  // One session of a role, or a federated user: the ARN lacks the role's path, so the role itself is not named.
  return ofAccount(arn.account, home, arnRef('external_aws_principal', value));
}

function federated(value: string): TrustedPrincipal {
  const arn = parseArn(value);
  if (arn?.resource.startsWith('oidc-provider/'))
    return { ref: arnRef('aws_oidc_provider', value), boundary: 'external' };
  if (arn?.resource.startsWith('saml-provider/'))
    return { ref: arnRef('aws_saml_provider', value), boundary: 'external' };
  return { ref: issuerRef(value), boundary: 'external' };
}

/** An OIDC issuer, whoever names it, with or without its scheme: the source system of everything that it vouches for. */
export function issuerRef(issuer: string): EntityRef {
  const url = issuer.includes('://') ? issuer : `https://${issuer}`;
  return { entity_type: 'external_oidc_provider', source_system_id: url, source_record_id: url };
}

const ofAccount = (account: string, home: Home, ref: EntityRef): TrustedPrincipal => ({
  ref,
  boundary: account === home.account ? 'same_account' : 'cross_account',
});

const inPartition = (entity_type: EntityRef['entity_type'], value: string, home: Home): EntityRef => ({
  entity_type,
  source_system_id: `aws:${home.partition}`,
  source_record_id: value,
});
