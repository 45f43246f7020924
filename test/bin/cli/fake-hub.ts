import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { ShownPath } from '../../../lambdas/api/answers/paths.ts';
import type { ShownRun, WatchedRun } from '../../../lambdas/api/answers/scan-runs.ts';
import type { ShownStitchRun } from '../../../lambdas/api/answers/stitch-runs.ts';
import { problemOf } from '../../../lambdas/api/problem.ts';
import type { AuditEvent } from '../../../src/control/audit.ts';
import type { ConnectionCheck } from '../../../src/control/connection-check.ts';
import type { ConnectorInstance } from '../../../src/control/connector-instance.ts';
import type { ScanScope } from '../../../src/control/scan-scope.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import type { Cell } from '../../../src/runs/cell.ts';
import type { BatchAnswer } from '../../../src/runs/push-batch.ts';
import { isOver } from '../../../src/runs/run.ts';
import { listen } from '../../../tools/local/ports.ts';
import { aBatchAnswer, anInstance, aRun, aScope, aSync } from './documents.ts';
import { type KnownResults, resultRoutes } from './fake-results.ts';

/** What a fake hub knows. */
export interface Known {
  /** What differs of the answer to a report. */
  readonly report?: Partial<BatchAnswer>;
  readonly any_token?: boolean;
  readonly instances?: readonly ConnectorInstance[];
  readonly scopes?: readonly ScanScope[];
  readonly runs?: readonly ShownRun[];
  /** What a run looks like, look by look; the last stays. */
  readonly looks?: readonly WatchedRun[];
  readonly cells?: readonly Cell[];
  readonly paths?: readonly ShownPath[];
  /** What becomes of a batch of a push; `cut` takes it and ends the connection before its answer. */
  readonly batch?: (batch: TakenBatch) => BatchAnswer | 'cut';
  readonly check?: ConnectionCheck;
  readonly audit?: readonly AuditEvent[];
  readonly stitches?: readonly ShownStitchRun[];
  readonly results?: KnownResults;
}

/** A hub without an inside: it takes one token, or any with `any_token`, and answers each route as the API does. */
export interface FakeHub {
  readonly url: string;
  readonly token: string;
  /** `<method> <path and query>`, in the order of arrival. */
  readonly asked: readonly string[];
  /** The bodies of everything but GET. */
  readonly posted: readonly unknown[];
  stop(): Promise<void>;
}

/** A batch as it came. */
export interface TakenBatch {
  readonly sequence: number;
  readonly lines: readonly string[];
  readonly bytes: number;
  /** How often this number has come before. */
  readonly before: number;
}

export interface Asked {
  /** As it came. */
  readonly text: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Answer = [status: number, body: unknown] | 'cut';
export type Route = [method: string, path: RegExp, give: (request: Asked, parameter: string) => Answer];

/** Starts a hub on a free port of 127.0.0.1. */
export async function startFakeHub(known: Known): Promise<FakeHub> {
  const token = randomUUID();
  const asked: string[] = [];
  const posted: unknown[] = [];
  let looks_given = 0;

  const times = new Map<number, number>();
  const batchAnswer = ({ text }: Asked, run_id: string): Answer => {
    const [header = '', ...lines] = text.split('\n');
    const { sequence } = JSON.parse(header);
    const before = times.get(sequence) ?? 0;
    times.set(sequence, before + 1);
    const batch = { sequence, lines, bytes: Buffer.byteLength(text), before };
    const answer = known.batch ? known.batch(batch) : aBatchAnswer(run_id, sequence, lines.length);
    return answer === 'cut' ? 'cut' : [202, answer];
  };

  const routes: readonly Route[] = [
    ['POST', /^\/connector-instances$/, ({ body }) => [201, anInstance({ display_name: String(body.display_name) })]],
    ['GET', /^\/connector-instances$/, ({ query }) => [200, page(known.instances, query)]],
    ['GET', /^\/connector-instances\/(.+)$/, (_, id) => [200, one(known.instances, id, 'connector instance')]],
    ['POST', /^\/connector-instances\/(.+)\/check$/, () => [200, known.check]],
    [
      'PATCH',
      /^\/connector-instances\/(.+)$/,
      ({ body }, id) => [200, { ...one(known.instances, id, 'connector instance'), ...body }],
    ],
    [
      'DELETE',
      /^\/connector-instances\/(.+)$/,
      (_, id) => [200, { ...one(known.instances, id, 'connector instance'), status: 'deleted' }],
    ],
    ['PATCH', /^\/scan-scopes\/(.+)$/, ({ body }, id) => [200, { ...one(known.scopes, id, 'scan scope'), ...body }]],
    [
      'DELETE',
      /^\/scan-scopes\/(.+)$/,
      (_, id) => [200, { ...one(known.scopes, id, 'scan scope'), deleted_at: '2026-11-21T12:00:00.000Z' }],
    ],
    ['POST', /^\/scan-runs\/(.+)\/batches$/, (request, id) => batchAnswer(request, id)],
    ['POST', /^\/scan-runs\/(.+)\/complete$/, (_, id) => [202, aBatchAnswer(id, 1_000_000, 0)]],
    [
      'POST',
      /^\/connector-reports$/,
      () => [202, { sync: aSync(), batch: { ...aBatchAnswer('r-1', 1_000_000, 2), ...known.report } }],
    ],
    ['GET', /^\/connector-syncs$/, ({ query }) => [200, page([aSync()], query)]],
    ['POST', /^\/scan-runs\/(.+)\/cancel$/, (_, id) => [202, cancelled(known.runs, id)]],
    ['GET', /^\/audit-events$/, ({ query }) => [200, page(known.audit, query)]],
    ['POST', /^\/scan-scopes$/, () => [201, aScope()]],
    ['GET', /^\/scan-scopes$/, ({ query }) => [200, page(known.scopes, query)]],
    ['GET', /^\/scan-scopes\/(.+)$/, (_, id) => [200, one(known.scopes, id, 'scan scope')]],
    [
      'POST',
      /^\/scan-runs$/,
      ({ body }) => [202, aRun({ scope_id: one(known.scopes, `${body.scope_id}`, 'scope')._id })],
    ],
    ['GET', /^\/scan-runs$/, ({ query }) => [200, page(known.runs, query)]],
    [
      'GET',
      /^\/scan-runs\/[^/]+\/cells$/,
      ({ query }) => [
        200,
        page(
          known.cells?.filter(({ status }) => (query.get('status') ?? status) === status),
          query,
        ),
      ],
    ],
    ['POST', /^\/scan-runs\/[^/]+\/cells\/(.+)\/release$/, (_, key) => [202, heldCell(known.cells, key)]],
    [
      'GET',
      /^\/scan-runs\/(.+)$/,
      (_, id) => {
        looks_given += 1;
        return [200, one(known.looks?.slice(Math.min(looks_given, known.looks.length) - 1), id, 'scan run')];
      },
    ],
    ...resultRoutes(known.results ?? {}, known.stitches ?? []),
    ['GET', /^\/stitch-runs$/, ({ query }) => [200, page(known.stitches, query)]],
    [
      'GET',
      /^\/paths$/,
      ({ query }) => [
        200,
        page(
          known.paths?.filter((path) => fits(path, query)),
          query,
        ),
      ],
    ],
    ['GET', /^\/paths\/(.+)$/, (_, id) => [200, one(known.paths, id, 'path')]],
  ];

  const answer = (request: Asked): Answer => {
    for (const [method, pattern, give] of routes) {
      const match = request.method === method && pattern.exec(request.path);
      if (match) return give(request, match[1] ?? '');
    }
    throw new AppError('not_found', `there is no ${request.method} ${request.path}`);
  };

  const server = createServer((incoming, outgoing) => {
    void read(incoming).then((request) => {
      asked.push(`${request.method} ${incoming.url}`);
      if (request.method !== 'GET') posted.push(request.body);
      const reply = (status: number, body: unknown): void => {
        outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      // The gateway refuses before the hub is asked.
      if (!known.any_token && incoming.headers.authorization !== `Bearer ${token}`) {
        reply(401, { message: 'Unauthorized' });
        return;
      }
      try {
        const given = answer(request);
        if (given === 'cut') incoming.socket.destroy();
        else reply(...given);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const problem = problemOf(error, 'req-1');
        reply(problem.status, problem);
      }
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    asked,
    posted,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(incoming: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString();
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  return {
    method: incoming.method ?? '',
    path: pathname.replace(/^\/api\/v1/, ''),
    query: searchParams,
    text,
    body: incoming.headers['content-type'] === 'application/json' && text !== '' ? JSON.parse(text) : {},
  };
}

/** A page of as many as were asked for; the cursor is the place of the next. */
export function page<T>(
  items: readonly T[] | undefined,
  query: URLSearchParams,
): { items: readonly T[]; next_cursor?: string } {
  const all = items ?? [];
  const from = Number(query.get('cursor') ?? 0);
  const to = from + Number(query.get('limit') ?? 50);
  return { items: all.slice(from, to), ...(to < all.length && { next_cursor: String(to) }) };
}

export function one<T extends { readonly _id: string }>(items: readonly T[] | undefined, id: string, what: string): T {
  const found = items?.find(({ _id }) => _id === id);
  if (!found) throw new AppError('not_found', `there is no ${what} ${id}`);
  return found;
}

function cancelled(runs: readonly ShownRun[] | undefined, id: string): ShownRun {
  const run = one(runs, id, 'scan run');
  if (isOver(run.status)) throw new AppError('conflict', `run ${id} is over: it is ${run.status}`);
  return { ...run, status: 'cancelled' };
}

function heldCell(cells: readonly Cell[] | undefined, key: string): Cell {
  const held = cells?.find((cell) => cell.key === key && cell.errors.some(({ code }) => code === 'removal_held'));
  if (!held) throw new AppError('conflict', `no removal is held in cell ${key}`);
  return held;
}

function fits(path: ShownPath, query: URLSearchParams): boolean {
  const crosses = query.get('crosses_account_boundary');
  return (
    [path.workload.source_record_id, null].includes(query.get('workload')) &&
    [path.resource.source_record_id, null].includes(query.get('resource')) &&
    (crosses === null || crosses === String(path.crosses_account_boundary))
  );
}
