import { sha256 } from '../kernel/canonical.ts';
import { derivedId, type TenantId } from '../kernel/ids.ts';
import type { EntityRef, Statement } from './observation.ts';

/** The path of a whole record. */
export const WHOLE_RECORD = '$';

/** `sha256(source_system_id + ':' + source_record_id + ':' + source_field_path)`, hex. Other systems rely on it: it never changes. */
export const sourceFingerprint = (statement: Statement): string =>
  sha256(`${statement.source_system_id}:${statement.source_record_id}:${statement.source_field_path}`);

/** The statement that a thing exists: its whole record. */
export const wholeRecord = (ref: EntityRef): Statement => ({
  source_system_id: ref.source_system_id,
  source_record_id: ref.source_record_id,
  source_field_path: WHOLE_RECORD,
});

/** The `_id` of what a statement stands for, in a tenant: the same for everybody who names it. */
export const documentId = (tenant_id: TenantId, fingerprint: string): string => derivedId(tenant_id, fingerprint);

/** The `_id` of the entity that a reference names. */
export const entityId = (tenant_id: TenantId, ref: EntityRef): string =>
  documentId(tenant_id, sourceFingerprint(wholeRecord(ref)));
