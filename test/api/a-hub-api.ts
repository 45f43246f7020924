import { randomUUID } from 'node:crypto';
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
import { within } from '../../src/store/tenancy.ts';
import { memoryInventory } from '../inventory/memory-stores.ts';
import { aClock, START, TENANT, TERMS, WORKSPACE } from '../runs/builders.ts';
import { memoryFence } from '../runs/memory-fence.ts';
import { memoryPush } from '../runs/memory-push.ts';
import { memoryCells, memoryRuns } from '../runs/memory-runs.ts';
import { assertDeclared } from './described.ts';
import { memoryResults } from './memory-results.ts';

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
function collection<D extends Document>(documents = new Map<string, D>()) {
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
    /** Writes a change unless somebody else has changed the document since it was read. */
    change:
      (audited: OutboxEntry[]) =>
      async (before: D & { readonly version: number }, after: D, outbox: readonly OutboxEntry[]): Promise<boolean> => {
        const now = documents.get(before._id);
        if (!now || !('version' in now) || now.version !== before.version) return false;
        documents.set(before._id, after);
        audited.push(...outbox);
        return true;
      },
  };
}

/** The API over stores in memory, and what it did. */
export function aHubApi(given: Partial<ApiDeps & Pick<RouterDeps, 'ready' | 'refused' | 'count'>> = {}) {
  const instances = collection<ConnectorInstance>();
  const scopes = collection<ScanScope>();
  const run_store = memoryRuns();
  const cell_store = memoryCells();
  const runs = collection<ScanRun>(run_store.documents);
  const cells = collection<Cell>(cell_store.documents);
  const pushed = memoryPush();
  const inventory = memoryInventory();
  const audited: OutboxEntry[] = [];
  const planned: ScanRun[] = [];
  const resent: Cell[] = [];
  const refused: (readonly [string, string])[] = [];
  const crashed: (readonly [unknown, string])[] = [];
  const results = memoryResults();
  const events: AuditEvent[] = [];
  const ended: string[] = [];
  let ids = 0;

  const unsent: (readonly [string, string])[] = [];

  const enqueueCells = async (batch: readonly Cell[]) => {
    resent.push(...batch);
    return batch.map(({ _id }) => _id);
  };
  const now = aClock().now;

  const deps: ApiDeps = {
    push: {
      runs: {
        ...run_store.runs,
        get: runs.get,
        create: async (run) => {
          runs.documents.set(run._id, run);
        },
      },
      instances: { get: instances.get, nextSeq: async () => 7 },
      cells: { ...cell_store.cells, get: cells.get },
      batches: pushed.store,
      newerRun: async () => undefined,
      speakersFor: async (whose, system) =>
        [...instances.documents.values()].filter(
          (one) => sees(whose, one) && one.connector_kind === 'push' && one.source_system_ids.includes(system),
        ),
      beginSync: pushed.beginSync,
      fence: memoryFence(),
      inventory: inventory.stores,
      enqueueCells,
      newOwner: randomUUID,
      now,
      wait: async () => undefined,
    },
    syncs: {
      list: async (whose, limit) => [...pushed.syncs.values()].filter((sync) => sees(whose, sync)).slice(0, limit),
    },
    unsent: (run, error) => {
      unsent.push([run._id, String(error)]);
    },
    instances: {
      get: instances.get,
      list: async (whose, limit, after, { kind, status } = {}) =>
        (await instances.list(whose, 1_000, after))
          .filter((one) => kind === undefined || one.connector_kind === kind)
          .filter((one) => (status === undefined ? one.status !== 'deleted' : one.status === status))
          .slice(0, limit),
      change: instances.change(audited),
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
      list: async (whose, limit, after, { instance_id, enabled } = {}) =>
        (await scopes.list(whose, 1_000, after))
          .filter((one) => one.deleted_at === undefined)
          .filter((one) => instance_id === undefined || one.instance_id === instance_id)
          .filter((one) => enabled === undefined || one.enabled === enabled)
          .slice(0, limit),
      change: scopes.change(audited),
      ofInstance: async (whose, instance_id) =>
        (await scopes.list(whose, 1_000)).filter(
          (one) => one.instance_id === instance_id && one.deleted_at === undefined,
        ),
      create: async (scope, outbox) => {
        scopes.documents.set(scope._id, scope);
        audited.push(...outbox);
      },
    },
    runs: {
      ...run_store.runs,
      create: async (run) => {
        if (runs.documents.has(run._id)) throw Object.assign(new Error('duplicate key'), { code: 11_000 });
        runs.documents.set(run._id, run);
      },
      list: async (whose, limit, after, { since = '', until = '~', ...equal } = {}) => {
        const newest = [...runs.documents.values()]
          .filter((run) => sees(whose, run) && run.created_at >= since && run.created_at < until)
          .filter((run) =>
            Object.entries(equal).every(([field, value]) =>
              Object.entries(run).some(([name, held]) => name === field && held === value),
            ),
          )
          .toReversed();
        const from = newest.findIndex((run) => run._id === after?._id) + 1;
        const listed = ({ evidence_completeness: _evidence, errors: _errors, ...run }: ScanRun) => run;
        return newest.slice(from, from + limit).map(listed);
      },
    },
    cells: {
      ...cell_store.cells,
      page: async (whose, run_id, limit, after, status) =>
        (await cells.list(whose, 1_000, after))
          .filter((cell) => cell.run_id === run_id && (status === undefined || cell.status === status))
          .slice(0, limit),
      progressOf: async (whose, run_id) => {
        const by_status: Record<string, number> = {};
        for (const cell of await cells.list(whose, 1_000)) {
          if (cell.run_id === run_id) by_status[cell.status] = (by_status[cell.status] ?? 0) + 1;
        }
        return { by_status, api_calls: 0, observed: 0, errors_by_code: {} };
      },
      requestRelease: async (whose, id, requested_by, requested_at) => {
        const cell = await cells.get(whose, id);
        if (!cell || cell.release) return undefined;
        const released = { ...cell, send_no: cell.send_no + 1, release: { requested_by, requested_at } };
        cells.documents.set(id, released);
        return released;
      },
    },
    ...results.deps,
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
    endInstance: async (instance) => {
      ended.push(instance._id);
    },
    endScope: async (scope) => {
      ended.push(scope._id);
    },
    bindAccounts: async () => [],
    enqueuePlan: async (run) => {
      planned.push(run);
    },
    enqueueCells,
    terms: TERMS,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    now,
    ...given,
  };

  const table = routes(deps);
  const app = router({
    routes: table,
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
    {
      token = aToken(),
      body,
      bindings = verified,
      headers = {},
    }: { token?: string | null; body?: unknown; bindings?: object; headers?: Readonly<Record<string, string>> } = {},
  ) => {
    const response = await app.request(
      path,
      {
        method,
        headers: {
          'content-type': 'application/json',
          ...headers,
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        }),
      },
      bindings,
    );
    const text = await response.text();
    const parsed: Record<string, unknown> = JSON.parse(text);
    assertDeclared(table, { method, path, status: response.status, body: parsed });
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
    moved: run_store.moved,
    pushed,
    inventory,
    audited,
    ended,
    planned,
    resent,
    refused,
    crashed,
    ...results.held,
    events,
  };
}
