import * as z from 'zod';
import { fromNdjson, PushedBatch, PushedEnd } from '../../../src/connectors/push/batch.ts';
import { ConnectorReport } from '../../../src/connectors/push/report.ts';
import { type PushDeps, pushBatch, pushTarget } from '../../../src/runs/push-batch.ts';
import { completePush } from '../../../src/runs/push-complete.ts';
import { type TakeReportDeps, takeReport } from '../../../src/runs/push-report.ts';
import type { ConnectorSyncStore } from '../../../src/store/connector-syncs.ts';
import { listOf } from '../answers/exactly.ts';
import { BatchAnswerSchema, ConnectorSyncAnswer, ReportAnswerSchema } from '../answers/push.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

/** Some of its parts have the names of other routes' deps: it stands by itself. */
export interface PushRouteDeps {
  readonly push: TakeReportDeps & PushDeps;
  readonly syncs: Pick<ConnectorSyncStore, 'list'>;
}

const SyncPosition = z.strictObject({ received_at: z.string(), _id: z.string() });

export const pushRoutes = ({ push, syncs }: PushRouteDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/scan-runs/:id/batches',
      summary: 'Push nodes and edges into a run, as JSON or NDJSON',
      permission: 'runs:write',
      status: 202,
      body: PushedBatch,
      ndjson: fromNdjson,
      answer: BatchAnswerSchema,
      problems: ['not_found', 'conflict', 'foreign_source'],
    },
    async ({ params, body: { sequence, ...items }, caller }) =>
      pushBatch(push, await pushTarget(push, caller, params.id ?? ''), sequence, items),
  ),
  route(
    {
      method: 'POST',
      path: '/scan-runs/:id/complete',
      summary: 'Say that everything was pushed into a run',
      permission: 'runs:write',
      status: 202,
      body: PushedEnd,
      ndjson: fromNdjson,
      answer: BatchAnswerSchema,
      problems: ['not_found', 'conflict', 'foreign_source'],
    },
    async ({ params, body, caller }) => completePush(push, await pushTarget(push, caller, params.id ?? ''), body),
  ),
  route(
    {
      method: 'POST',
      path: '/connector-reports',
      summary: 'Send all that one source system has, as one run of the instance that speaks for it',
      permission: 'runs:write',
      status: 202,
      body: ConnectorReport,
      answer: ReportAnswerSchema,
      problems: ['not_found', 'conflict', 'foreign_source'],
    },
    async ({ body, caller }) => takeReport(push, caller, body),
  ),
  route(
    {
      method: 'GET',
      path: '/connector-syncs',
      summary: 'List reports that were received, newest first',
      permission: 'runs:read',
      status: 200,
      query: Page,
      answer: listOf(ConnectorSyncAnswer),
    },
    async ({ query, caller }) => {
      const after = positionOf('connector-syncs', query.cursor, SyncPosition);
      const rows = await syncs.list(caller, query.limit + 1, after);
      return pageOf('connector-syncs', rows, query.limit, ({ received_at, _id }) => ({ received_at, _id }));
    },
  ),
];
