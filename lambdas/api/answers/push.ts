import * as z from 'zod';
import type { RejectedItem } from '../../../src/connectors/push/read-items.ts';
import type { BatchAnswer } from '../../../src/runs/push-batch.ts';
import type { ConnectorSync, ReportAnswer } from '../../../src/runs/push-report.ts';
import { RUN_STATUSES } from '../../../src/runs/run.ts';
import { COUNTS, ErrorOfCell } from './cells.ts';
import { exactly, Time } from './exactly.ts';

const Count = z.int().min(0);

const Rejected = exactly<RejectedItem>()(
  z.strictObject({
    index: Count.describe('Its place in `nodes`, in `edges`, or among the lines after the header'),
    kind: z.enum(['node', 'edge', 'line']),
    code: z.enum(['unreadable_item', 'foreign_source']),
    reason: z.string(),
  }),
);

/** What became of a batch. */
export const BatchAnswerSchema = exactly<BatchAnswer>()(
  z.strictObject({
    run_id: z.string(),
    sequence: Count.describe('That of the batch; 1000000 for the end of the run'),
    accepted: z.strictObject({ nodes: Count, edges: Count }),
    rejected: z.array(Rejected).describe('The first hundred items that were not taken, each with its reason'),
    rejected_count: Count.describe('All that were not taken'),
    repeated: z.boolean().describe('Whether this batch was there already: nothing was written again'),
  }),
).meta({ id: 'PushedBatchAnswer' });

/** A report of a source system, and what became of it. */
export const ConnectorSyncAnswer = exactly<ConnectorSync>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    workspace_id: z.string(),
    connector_instance_id: z.string(),
    scan_run_id: z.string(),
    source_system_id: z.string(),
    status: z.enum(RUN_STATUSES).describe('`running` until what was reported has been worked in'),
    counts: z.strictObject(COUNTS),
    errors: z.array(ErrorOfCell),
    reported_started_at: z.string().exactOptional().describe('As the sender said'),
    reported_finished_at: z.string().exactOptional().describe('As the sender said'),
    received_at: Time,
  }),
).meta({ id: 'ConnectorSync' });

/** What a sender of a report is told. */
export const ReportAnswerSchema = exactly<ReportAnswer>()(
  z.strictObject({ sync: ConnectorSyncAnswer, batch: BatchAnswerSchema }),
).meta({ id: 'ConnectorReportAnswer' });
