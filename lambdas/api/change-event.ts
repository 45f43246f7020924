import { auditEntry, type OutboxEntry } from '../../src/control/audit.ts';
import type { Tenancy } from '../../src/kernel/ids.ts';
import type { IsoTime } from '../../src/kernel/time.ts';
import type { Caller } from './caller.ts';

/** What the audit is told of a document that a caller has made, changed or deleted. */
export const changeEvent = (
  noun: 'connector_instance' | 'scan_scope',
  document: Tenancy & { readonly _id: string },
  verb: 'created' | 'changed' | 'deleted',
  caller: Caller,
  at: IsoTime,
  details?: Readonly<Record<string, unknown>>,
): OutboxEntry =>
  auditEntry({
    tenant_id: document.tenant_id,
    workspace_id: document.workspace_id,
    actor: caller.subject,
    action: `${noun}.${verb}`,
    target: document._id,
    at,
    request_id: caller.request_id,
    ...(details && { details }),
  });
