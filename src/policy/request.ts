/** Who asks, and all that is known of it. */
export interface Principal {
  /** ARN of a role, user, session, root user or federated provider; or a service (`lambda.amazonaws.com`), a provider's name, `anonymous`. */
  readonly arn: string;
  /** Null for a service, a federated provider without an account, and `anonymous`. */
  readonly account: string | null;
  /** Id of its organization; null where it is known to be in none; left out where unknown. */
  readonly organization?: string | null | undefined;
  /** All of its tags: one that is not listed is absent. Left out where they were not read. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** `AROA...` or `AIDA...`: a policy that shows one names the principal only while this is its id. */
  readonly unique_id?: string | undefined;
  /** It lives in the organization's management account, which SCPs do not reach. */
  readonly management_account?: boolean | undefined;
  /** SCPs and RCPs do not reach it. Also seen from its ARN (`role/aws-service-role/`). */
  readonly service_linked_role?: boolean | undefined;
}

/** A KMS key that protects a resource, so that reading the resource needs the key as well. */
export interface EncryptionKey {
  readonly arn: string;
  readonly account: string;
  /** A key that AWS manages (`aws/s3`) serves its own account only and cannot be shared. */
  readonly aws_managed?: boolean | undefined;
}

/** What is asked for, and all that is known of it. */
export interface Resource {
  /** An ARN, or `*` for actions that have no resource. */
  readonly arn: string;
  /** Its owner; null where it has none, which counts as the caller's own. */
  readonly account: string | null;
  readonly organization?: string | null | undefined;
  /** All of its tags: one that is not listed is absent. Left out where they were not read. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** It lives in the organization's management account, which RCPs do not reach. */
  readonly management_account?: boolean | undefined;
  /** S3 Block Public Access, the strictest of bucket, account and organization. */
  readonly restrict_public_buckets?: boolean | undefined;
  readonly encryption_key?: EncryptionKey | undefined;
  /** OIDC and SAML provider ARNs of its account. Left out: those that its trust policy names. */
  readonly federation_providers?: readonly string[] | undefined;
}

/** What is known of the request's condition keys. A key in neither, that principal and resource do not settle, is unknown. */
export interface RequestContext {
  /** Keys in lower case. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  /** Keys in lower case. */
  readonly absent: ReadonlySet<string>;
}

/** One question to the engine: may this principal do this action on this resource? */
export interface PolicyRequest {
  readonly principal: Principal;
  /** `sts:AssumeRole`, in any case. */
  readonly action: string;
  readonly resource: Resource;
  readonly context?: RequestContext | undefined;
}

/** Nothing is known beyond principal and resource. */
export const NOTHING_KNOWN: RequestContext = { known: new Map(), absent: new Set() };

/** A context from plain values: key names in any case, values of any scalar type. */
export function requestContext(
  known: Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>>,
  absent: Iterable<string> = [],
): RequestContext {
  return {
    known: new Map(Object.entries(known).map(([key, value]) => [key.toLowerCase(), [value].flat().map(String)])),
    absent: new Set(Array.from(absent, (key) => key.toLowerCase())),
  };
}

/**
 * Keys that AWS sets only when one of its services calls on behalf of somebody: absent when a principal calls by itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
 */
export const ABSENT_IN_DIRECT_CALLS: readonly string[] = [
  'aws:SourceArn',
  'aws:SourceAccount',
  'aws:SourceOrgID',
  'aws:SourceOrgPaths',
];
