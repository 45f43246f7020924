import { parseArn } from '../../../kernel/arn.ts';
import type { Json } from '../../../kernel/canonical.ts';
import type { EntityRef, NormalizedNode } from '../../../observations/observation.ts';
import { isObject, texts } from '../policy-document.ts';
import { entraTenantOf } from './entra-issuer.ts';
import { issuerRef } from './principal-ref.ts';

/** One subject of an issuer that a statement names exactly, and where in the statement it does. */
export interface NamedSubject {
  readonly issuer: string;
  readonly subject: string;
  /** `Condition.StringEquals.<key>[<value>]` */
  readonly field: string;
}

/** Operators by which a value without wildcards is that value and no other. A token has one subject, so that "any of its values" is it. */
const EXACT: ReadonlySet<string> = new Set([
  'stringequals',
  'stringlike',
  'foranyvalue:stringequals',
  'foranyvalue:stringlike',
]);

/**
 * The subjects that the condition of a statement asks for, where it names them one by one: those of every such condition, if
 * there is more than one. None where any subject will do, or a pattern of them, or a variable.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function subjectsNamed(federated: string, condition: Json | undefined): readonly NamedSubject[] {
  const provider = oidcProviderOf(federated);
  if (provider === undefined || !isObject(condition)) return [];
  const lists = Object.entries(condition).flatMap(([operator, keys]) =>
    EXACT.has(operator.toLowerCase()) && isObject(keys)
      ? Object.entries(keys)
          .filter(([key]) => isSubjectOf(provider, key))
          .map(([key, values]) => ({ field: `Condition.${operator}.${key}`, values: texts(values) }))
      : [],
  );
  const [first, ...others] = lists.filter(({ values }) => values.every((value) => !/[*?]|\$\{/.test(value)));
  if (!first) return [];
  return first.values
    .filter((value) => others.every(({ values }) => values.includes(value)))
    .map((subject) => ({ issuer: provider, subject, field: `${first.field}[${subject}]` }));
}

/** The issuer, without its scheme, of a federated principal that is an OIDC provider: by its ARN, or by its name. */
function oidcProviderOf(federated: string): string | undefined {
  const arn = parseArn(federated);
  if (!arn) return federated === '*' ? undefined : federated;
  const prefix = 'oidc-provider/';
  return arn.resource.startsWith(prefix) ? arn.resource.slice(prefix.length) : undefined;
}

/** Keys of conditions are compared without regard to case. */
const isSubjectOf = (provider: string, key: string): boolean => key.toLowerCase() === `${provider.toLowerCase()}:sub`;

/** A subject as the side that trusts it sees it: what its issuer is, and what the issuer calls it. */
export function subjectRef(issuer: string, subject: string): EntityRef {
  const { source_system_id } = issuerRef(issuer);
  return { entity_type: 'external_oidc_subject', source_system_id, source_record_id: subject };
}

/**
 * The subject as a node. Entra's subject of an application's token is the object id of its service principal, and v1 and v2
 * issuers of one tenant give the same: the two together say who it is.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function toSubject({ issuer, subject }: NamedSubject, api: string): NormalizedNode {
  const ref = subjectRef(issuer, subject);
  const tenant = entraTenantOf(ref.source_system_id);
  return {
    kind: 'node',
    ...ref,
    display_name: subject,
    properties: { providerUrl: ref.source_system_id, subject, ...(tenant ? { entra_tenant_id: tenant } : {}) },
    ...(tenant ? { correlation_keys: [{ kind: 'entra_object_id', value: `${tenant}/${subject.toLowerCase()}` }] } : {}),
    api,
  };
}
