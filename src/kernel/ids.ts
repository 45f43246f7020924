import { sha256 } from './canonical.ts';

/** A twelve-digit AWS account number, as text: leading zeros count. */
export type AccountId = string;
export type TenantId = string;

const ACCOUNT_ID = /^\d{12}$/;

export const isAccountId = (text: string): text is AccountId => ACCOUNT_ID.test(text);

/** Whose documents these are: part of every document, message, index and query. */
export interface Tenancy {
  readonly tenant_id: TenantId;
  readonly workspace_id: string;
}

/** What a caller may see: the workspaces of one tenant that the verified token names. */
export interface Visibility {
  readonly tenant_id: TenantId;
  readonly workspace_ids: readonly string[];
}

/** An id that everybody who knows the parts arrives at: 64 hex digits. The parts are separated, so that no two lists of parts collide. */
export const derivedId = (...parts: readonly string[]): string => sha256(parts.join('\u0000'));
