import { Logger } from '@aws-lambda-powertools/logger';
import type { Db } from 'mongodb';
import { type ApiHandlerDeps, apiRouter } from '../../lambdas/api/handler.ts';
import { pushDeps } from '../../lambdas/api/push-deps.ts';
import { resultsDeps } from '../../lambdas/api/results-deps.ts';
import { routes } from '../../lambdas/api/routes/index.ts';
import { stitchRequests } from '../../lambdas/api/stitch-requests.ts';
import { bindAccounts } from '../../src/store/account-owners.ts';
import { appendAudit, listAudit } from '../../src/store/audit-events.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { lastArrival } from '../../src/store/last-arrival.ts';
import { rateWindowStore } from '../../src/store/rate-windows.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { aGraph } from '../api/a-graph.ts';
import { aHubApi, aToken, CLAIMS } from '../api/a-hub-api.ts';
import { describedAssertion } from '../api/described.ts';
import { START, TERMS } from '../control/builders.ts';

const assertDescribed = describedAssertion(routes(aHubApi().deps));

/** The API over the stores of a real server, wired as in the deployed function; only queues and other functions are not there. */
export function apiOnServer(db: Db, given: Partial<ApiHandlerDeps> = {}) {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${String(ids).padStart(3, '0')}`;
  };
  const app = apiRouter({
    db,
    instances: connectorInstanceStore(db),
    scopes: scanScopeStore(db),
    runs: scanRunStore(db),
    cells: cellStore(db),
    ...resultsDeps(db),
    check: async () => {
      throw new Error('nothing is called here');
    },
    lastArrival: (tenant, instance_id) => lastArrival(db, tenant, instance_id),
    endInstance: async () => undefined,
    endScope: async () => undefined,
    bindAccounts: (binder, account_ids) => bindAccounts(db, binder, account_ids, { all_or_none: true }),
    enqueuePlan: async () => undefined,
    enqueueCells: async () => [],
    ...pushDeps(db, { enqueueCells: async () => [], newId, now: given.now ?? (() => START) }),
    ...stitchRequests(
      { due: stitchDueStore(db), enqueueStitch: async () => undefined, delay: 0, now: () => START },
      async () => undefined,
      () => undefined,
    ),
    graph: aGraph().graph,
    unfollowed: (_tenant_id, error) => {
      throw error;
    },
    audit: (event) => appendAudit(db, event),
    unsent: (_run, error) => {
      throw error;
    },
    rate_windows: rateWindowStore(db),
    requests_per_minute: 600,
    listAudit: (...asked) => listAudit(db, ...asked),
    terms: TERMS,
    claims: CLAIMS,
    logger: new Logger({ serviceName: 'test', logLevel: 'SILENT' }),
    newId,
    now: () => START,
    ...given,
  });

  /** Asks as a caller with these claims whose token the gateway let pass. */
  async function ask(
    method: string,
    path: string,
    {
      claims = {},
      headers = {},
      body,
    }: { claims?: object; headers?: Readonly<Record<string, string>>; body?: unknown } = {},
  ) {
    const bindings = { event: { requestContext: { requestId: 'request-1', authorizer: { jwt: { claims: {} } } } } };
    const init = {
      method,
      headers: { authorization: `Bearer ${aToken({ ...claims })}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const response = await app.request(path, init, bindings);
    const text = await response.text();
    const parsed: Record<string, unknown> = JSON.parse(text);
    assertDescribed({ method, path, status: response.status, body: parsed });
    return { status: response.status, headers: response.headers, text, body: parsed };
  }
  return { app, ask };
}
