import type { TenantId } from '../kernel/ids.ts';

/** One part of a secret's name. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const PART = /^[\w+=.@-]+$/;
const LONGEST = 512;

/** Where the secrets of a tenant lie in Secrets Manager. */
export const secretsOf = (tenant_id: TenantId): string => `throughline/${tenant_id}/`;

/**
 * Whether a name is one of a secret of this tenant: its prefix to the letter, then parts that are names. An ARN, another
 * account's or tenant's secret, a step upwards or an escaped slash is none.
 */
export function isCredentialsRefOf(tenant_id: TenantId, name: string): boolean {
  const prefix = secretsOf(tenant_id);
  if (!name.startsWith(prefix) || name.length > LONGEST) return false;
  return name
    .slice(prefix.length)
    .split('/')
    .every((part) => PART.test(part) && !/^\.+$/.test(part));
}
