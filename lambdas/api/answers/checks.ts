import * as z from 'zod';
import type { CheckFinding } from '../../../src/connectors/check.ts';
import type { ConnectionCheck } from '../../../src/control/connection-check.ts';
import { ERROR_CODES } from '../../../src/kernel/failures.ts';
import { exactly, Time } from './exactly.ts';

const Finding = exactly<CheckFinding>()(
  z.strictObject({
    target: z.string().describe('What was tried: an account, the organization, a host'),
    status: z.enum(['connected', 'refused', 'not_tried']),
    message: z.string(),
    code: z.enum(ERROR_CODES).exactOptional().describe('Where something is to be done about it'),
    remedy: z.string().exactOptional().describe('What to do about it'),
    responsible: z.string().exactOptional().describe('Who can mend it'),
  }),
).meta({ id: 'CheckFinding' });

/** What trying the connection of an instance came to. */
export const ConnectionCheckAnswer = exactly<ConnectionCheck>()(
  z.strictObject({
    instance_id: z.string(),
    status: z
      .enum(['connected', 'partly', 'refused'])
      .describe('`connected`: everything that was tried let the hub in; `refused`: nothing did'),
    checked_at: Time,
    service_categories_available: z.array(z.string()).describe('What a scan could look at, as far as this check saw'),
    findings: z.array(Finding),
  }),
).meta({ id: 'ConnectionCheck' });
