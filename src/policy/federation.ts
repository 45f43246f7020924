import { parseArn } from '../kernel/arn.ts';
import type { Resource } from './request.ts';

/**
 * Web identity providers that exist without anybody having made them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity
 */
const BUILT_IN_PROVIDERS: ReadonlySet<string> = new Set([
  'cognito-identity.amazonaws.com',
  'www.amazon.com',
  'graph.facebook.com',
  'accounts.google.com',
]);

/** Do the Federated names of a trust policy include this provider, an ARN or a name? One of another account than the role's does not count. */
export function namesProvider(names: readonly string[], asked: string, resource: Resource): boolean {
  if (names.length === 0) return false;
  const { provider, account } = providerOf(asked);
  if (account !== undefined && account !== resource.account) return false;
  return names.some((name) => {
    const named = providerOf(name);
    return named.provider === provider && (named.account === undefined || named.account === resource.account);
  });
}

/**
 * Does the provider exist in the account of the role? A provider of another account cannot vouch for anybody. Where the account's providers were
 * not read, those that its trust policy names (`named`) are taken to exist.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
export const providerExists = (asked: string, resource: Resource, named: readonly string[]): boolean =>
  BUILT_IN_PROVIDERS.has(providerOf(asked).provider) ||
  namesProvider(resource.federation_providers ?? named, asked, resource);

/** An OIDC provider is its URL without scheme, a SAML provider its name within its kind. */
export function providerOf(name: string): { readonly provider: string; readonly account?: string } {
  const arn = parseArn(name);
  if (!arn) return { provider: name.replace(/^https:\/\//, '') };
  const prefix = 'oidc-provider/';
  const provider = arn.resource.startsWith(prefix) ? arn.resource.slice(prefix.length) : arn.resource;
  return { provider, account: arn.account };
}
