import { callerOf } from './caller.ts';
import type { CompiledPolicy } from './compile.ts';
import type { PolicySet } from './policy-set.ts';
import type { PolicyRequest, Principal, RequestContext, Resource } from './request.ts';

/** One who can ask, with all that is attached to it. Share compiled policies and lists: who shares them is answered for together. */
export interface EstatePrincipal {
  readonly principal: Principal;
  readonly policies: Pick<PolicySet, 'identity' | 'boundary' | 'session' | 'scps'>;
}

/** A resource that can be asked for, with all that stands on its side. */
export interface EstateResource {
  readonly resource: Resource & { readonly account: string };
  readonly policies: Pick<PolicySet, 'resource' | 'rcps' | 'key'>;
}

/** A role as one that can be assumed: `policies.resource` is its trust policy. */
export type EstateRole = EstateResource;

/** Everything that a set question is asked of. It is indexed when first asked, so do not change it afterwards. */
export interface Estate {
  readonly principals: readonly EstatePrincipal[];
  readonly roles: readonly EstateRole[];
  /** What is known of every request. */
  readonly context?: RequestContext | undefined;
}

/**
 * The action by which a principal of this kind becomes a role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
 */
export function assumeAction(principal: Principal): AssumeAction {
  if (callerOf(principal).kind !== 'federated') return 'sts:AssumeRole';
  return principal.arn.includes(':saml-provider/') ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRoleWithWebIdentity';
}

/** The ways to become a role. */
export type AssumeAction = 'sts:AssumeRole' | 'sts:AssumeRoleWithSAML' | 'sts:AssumeRoleWithWebIdentity';

/** One request of one principal to one resource of an estate. */
export const estateRequest = (
  { context }: Estate,
  { principal }: EstatePrincipal,
  action: string,
  { resource }: EstateResource,
): PolicyRequest => ({ principal, action, resource, context });

/** Every policy that has a say in such a request. */
export const estatePolicies = (principal: EstatePrincipal, resource: EstateResource): PolicySet => ({
  identity: principal.policies.identity,
  boundary: principal.policies.boundary,
  session: principal.policies.session,
  scps: principal.policies.scps,
  resource: resource.policies.resource,
  rcps: resource.policies.rcps,
  key: resource.policies.key,
});

/** The policies of a list of levels. */
export const policiesIn = (levels: readonly (readonly CompiledPolicy[])[] = []): readonly CompiledPolicy[] =>
  levels.flat();
