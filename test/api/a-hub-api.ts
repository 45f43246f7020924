import type { ClaimNames } from '../../lambdas/api/caller.ts';
import { PERMISSIONS } from '../../lambdas/api/route.ts';
import type { RouterDeps } from '../../lambdas/api/router.ts';
import { router } from '../../lambdas/api/router.ts';
import { type ApiDeps, routes } from '../../lambdas/api/routes/index.ts';
import type { AuditEvent, OutboxEntry } from '../../src/control/audit.ts';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import type { StitchRun } from '../../src/stitch/stitch-run.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import { within } from '../../src/store/tenancy.ts';
import { aClock, START, TENANT, TERMS, WORKSPACE } from '../runs/builders.ts';

export const CLAIMS: ClaimNames = { tenant: 'org_id', workspaces: 'workspaces', permissions: 'permissions' };

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as the gateway's authorizer let it pass: nobody looks at its signature again. */
export const aToken = (claims: Readonly<Record<string, unknown>> = {}): string =>
  [
    encoded({ alg: 'RS256' }),
    encoded({ sub: 'ada', org_id: TENANT, workspaces: [WORKSPACE], permissions: PERMISSIONS, ...claims }),
    'signature',
  ].join('.');

type Document = { readonly _id: string; readonly tenant_id: string; readonly workspace_id: string };
type Whose = Parameters<typeof within>[0];

const sees = (whose: Whose, document: Document): boolean => {
  const { tenant_id, workspace_id } = within(whose);
  const workspaces = typeof workspace_id === 'string' ? [workspace_id] : workspace_id.$in;
  return document.tenant_id === tenant_id && workspaces.includes(document.workspace_id);
};

/** A collection in memory, in the order of its ids. */
function collection<D extends Document>() {
  const documents = new Map<string, D>();
  return {
    documents,
    get: async (whose: Whose, id: string): Promise<D | undefined> => {
      const document = documents.get(id);
      return document && sees(whose, document) ? document : undefined;
    },
    list: async (whose: Whose, limit: number, after = ''): Promise<readonly D[]> =>
      [...documents.values()]
        .filter((document) => sees(whose, document) && document._id > after)
        .toSorted((a, b) => (a._id < b._id ? -1 : 1))
        .slice(0, limit),
  };
}

/** The API over stores in memory, and what it did. */
export function aHubApi(given: Partial<ApiDeps & Pick<RouterDeps, 'ready' | 'refused' | 'count'>> = {}) {
  const instances = collection<ConnectorInstance>();
  const scopes = collection<ScanScope>();
  const runs = collection<ScanRun>();
  const cells = collection<Cell>();
  const audited: OutboxEntry[] = [];
  const planned: ScanRun[] = [];
  const resent: Cell[] = [];
  const refused: (readonly [string, string])[] = [];
  const crashed: (readonly [unknown, string])[] = [];
  const stitch_runs: StitchRun[] = [];
  const paths: StitchedPath[] = [];
  const events: AuditEvent[] = [];
  let ids = 0;

  const unsent: (readonly [string, string])[] = [];

  const deps: ApiDeps = {
    unsent: (run, error) => {
      unsent.push([run._id, String(error)]);
    },
    instances: {
      get: instances.get,
      list: instances.list,
      create: async (instance, outbox) => {
        instances.documents.set(instance._id, instance);
        audited.push(...outbox);
      },
      nextSeq: async () => 7,
      recordCheck: async (whose, check, outbox) => {
        const instance = await instances.get(whose, check.instance_id);
        if (!instance) return false;
        instances.documents.set(instance._id, { ...instance, last_check: check });
        audited.push(...outbox);
        return true;
      },
    },
    scopes: {
      get: scopes.get,
      list: scopes.list,
      create: async (scope, outbox) => {
        scopes.documents.set(scope._id, scope);
        audited.push(...outbox);
      },
    },
    runs: {
      get: runs.get,
      create: async (run) => {
        runs.documents.set(run._id, run);
      },
      list: async (whose, limit, after) => {
        const newest = [...runs.documents.values()].filter((run) => sees(whose, run)).toReversed();
        const from = newest.findIndex((run) => run._id === after?._id) + 1;
        return newest.slice(from, from + limit);
      },
    },
    cells: {
      page: async (whose, run_id, limit, after) =>
        (await cells.list(whose, 1_000, after)).filter((cell) => cell.run_id === run_id).slice(0, limit),
      countByStatus: async (whose, run_id) => {
        const counts: Record<string, number> = {};
        for (const cell of await cells.list(whose, 1_000)) {
          if (cell.run_id === run_id) counts[cell.status] = (counts[cell.status] ?? 0) + 1;
        }
        return counts;
      },
      requestRelease: async (whose, id, requested_by, requested_at) => {
        const cell = await cells.get(whose, id);
        if (!cell || cell.release) return undefined;
        const released = { ...cell, send_no: cell.send_no + 1, release: { requested_by, requested_at } };
        cells.documents.set(id, released);
        return released;
      },
    },
    paths: {
      list: async (whose, query, limit, after = '') =>
        paths
          .filter((path) => path.tenant_id === whose.tenant_id && path._id > after)
          .filter((path) => query.resource === undefined || path.resource.source_record_id === query.resource)
          .slice(0, limit),
      get: async (whose, id) => paths.find((path) => path.tenant_id === whose.tenant_id && path._id === id),
    },
    stitch_runs: {
      list: async (tenant_id, limit) => stitch_runs.filter((run) => run.tenant_id === tenant_id).slice(0, limit),
    },
    listAudit: async (whose, { action }, limit) =>
      events.filter((event) => sees(whose, event) && (action === undefined || event.action === action)).slice(0, limit),
    check: async ({ _id }) => ({
      instance_id: _id,
      status: 'connected',
      checked_at: START.toISOString(),
      service_categories_available: [],
      findings: [],
    }),
    lastArrival: async () => undefined,
    bindAccounts: async () => [],
    enqueuePlan: async (run) => {
      planned.push(run);
    },
    enqueueCells: async (batch) => {
      resent.push(...batch);
      return batch.map(({ _id }) => _id);
    },
    terms: TERMS,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    now: aClock().now,
    ...given,
  };

  const app = router({
    routes: routes(deps),
    claims: CLAIMS,
    ready: given.ready ?? (async () => true),
    count: given.count ?? (async () => undefined),
    refused:
      given.refused ??
      (async (caller, { method, path }, { code, details }) => {
        refused.push([`${method} ${path}`, `${caller.subject} ${details.permission ?? code}`]);
      }),
    crashed: (error, request_id) => {
      crashed.push([error, request_id]);
    },
  });

  /** What the Lambda adapter hands over beside the request. */
  const verified = { event: { requestContext: { requestId: 'request-1', authorizer: { jwt: { claims: {} } } } } };
  const ask = async (
    method: string,
    path: string,
    { token = aToken(), body, bindings = verified }: { token?: string | null; body?: unknown; bindings?: object } = {},
  ) => {
    const response = await app.request(
      path,
      {
        method,
        headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        }),
      },
      bindings,
    );
    const text = await response.text();
    const parsed: Record<string, unknown> = JSON.parse(text);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      headers: response.headers,
      body: parsed,
      text,
    };
  };

  return {
    deps,
    app,
    ask,
    instances,
    scopes,
    runs,
    cells,
    audited,
    planned,
    resent,
    refused,
    crashed,
    stitch_runs,
    paths,
    events,
  };
}
