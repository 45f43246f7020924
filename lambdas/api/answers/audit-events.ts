import * as z from 'zod';
import type { AuditEvent } from '../../../src/control/audit.ts';
import { exactly, Time } from './exactly.ts';

/** What somebody did, or was refused. */
export const AuditEventAnswer = exactly<AuditEvent>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    workspace_id: z.string(),
    actor: z.string().describe('Subject of the token, or `throughline` where the system acted by itself'),
    action: z.string().describe('`<noun>.<verb in the past>`: `scan_run.started`'),
    target: z.string().describe('Id of what it was done to; of a refused request, its method and route'),
    at: Time,
    request_id: z.string(),
    details: z.record(z.string(), z.unknown()).exactOptional(),
  }),
).meta({ id: 'AuditEvent' });
