import { beforeEach, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import type { Route } from '../../lambdas/api/route.ts';
import { routes } from '../../lambdas/api/routes/index.ts';
import { auditEvent } from '../../src/control/audit.ts';
import type { ConnectorSync } from '../../src/runs/push-report.ts';
import type { StitchRun } from '../../src/stitch/stitch-run.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import { aPath, aStitch } from '../bin/cli/documents.ts';
import {
  aCell,
  anInstance,
  aPlannedRun,
  aPushInstance,
  aRun,
  aScope,
  at,
  ONE,
  TENANT,
  TWO,
  WORKSPACE,
} from '../runs/builders.ts';
import { aHubApi } from './a-hub-api.ts';
import { aCorrelation, anEntity, anEntry, anIdentity, aTrust, membersOfIdentity, roleRef } from './results-builders.ts';

/** A word that stands in every document of the tenant, and in nothing that a caller sends. */
const SECRET = 'eyes-only';

const { left, right } = aCorrelation();
const ambiguity = {
  ...{ rule_id: 'aws-unique-id-to-principal', left, rights: [right, right], more_rights: false, key: SECRET },
  members: [{ workspace_ids: [WORKSPACE] }],
};

/** One document of each kind, of one workspace of one tenant. */
export const DOCUMENTS = {
  instance: anInstance({ display_name: SECRET, last_seq: 9 }),
  push_instance: aPushInstance({ display_name: SECRET, last_seq: 9 }),
  scope: aScope({ created_by: SECRET }),
  run: aPlannedRun({ status: 'partial', requested_by: SECRET }),
  queued: aRun({ _id: 'run-2', seq: 2, requested_by: SECRET }),
  pushed: aRun({
    _id: 'run-3',
    seq: 1,
    instance_id: 'push-1',
    trigger: 'push',
    status: 'running',
    started_at: at(0),
    requested_by: SECRET,
  }),
  cell: aCell({
    status: 'partial',
    errors: [{ code: 'removal_held', message: SECRET, remedy: 'wait', responsible: 'Throughline operator', count: 1 }],
  }),
  stitch_run: {
    ...aStitch({
      tenant_id: TENANT,
      triggered_by: [{ kind: 'run_finished', by: SECRET, workspace_id: WORKSPACE, generation: 1 }],
    }),
    ambiguities: [ambiguity],
    problems: [{ message: SECRET, workspace_ids: [WORKSPACE] }],
  } satisfies StitchRun,
  entity: anEntity(roleRef('reader'), { display_name: SECRET }),
  other_entity: anEntity(roleRef('writer', TWO), { display_name: SECRET }),
  edge: aTrust(roleRef('writer', TWO), roleRef('reader'), { properties: { boundary: SECRET } }),
  activity: {
    entity_id: anEntity(roleRef('reader'))._id,
    name: 'exec30',
    value: { count: 3, period_end: SECRET },
    observed_at: at(0),
    run_id: 'run-1',
  },
  correlation: aCorrelation({ rule_id: SECRET }),
  identity: anIdentity({ display_name: SECRET }),
  identity_members: membersOfIdentity(),
  entry: anEntry({ after: SECRET }),
  path: {
    ...aPath({ _id: 'path-1', tenant_id: TENANT, path_hash: SECRET }),
    content_hash: SECRET,
    members: [{ workspace_ids: [WORKSPACE] }],
  } satisfies StitchedPath,
  sync: {
    _id: 'run-4',
    tenant_id: TENANT,
    workspace_id: WORKSPACE,
    connector_instance_id: 'push-1',
    scan_run_id: 'run-4',
    source_system_id: SECRET,
    status: 'succeeded',
    counts: { added: 1, changed: 0, removed: 0, unchanged: 0 },
    errors: [],
    received_at: at(0),
  } satisfies ConnectorSync,
  event: auditEvent({
    tenant_id: TENANT,
    workspace_id: WORKSPACE,
    actor: SECRET,
    action: 'scan_run.started',
    target: 'run-1',
    at: at(0),
    request_id: 'request-0',
  }),
};

/** How a route is asked for what is another's. */
interface Case {
  /** With real ids in the place of its parameters. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** `hidden`: 404. `empty`: a list without items. `silent`: an answer of the route's own that tells nothing. `refused`: 400, as for what is nowhere. `of_tenant`: hidden from other tenants, silent to colleagues. */
  readonly becomes: 'hidden' | 'empty' | 'silent' | 'refused' | 'of_tenant';
  /** Where there is nothing to compare with: asked by its owner, it does something else than answer well. */
  readonly owner?: number;
}

const hidden = (path: string, body?: Case['body'], owner?: number): Case => ({
  path,
  becomes: 'hidden',
  ...(body && { body }),
  ...(owner !== undefined && { owner }),
});
const empty = (path: string): Case => ({ path, becomes: 'empty' });

/** One for each route of the table: a route without one fails the suite. */
export const CASES: Readonly<Record<string, Case>> = {
  'POST /connector-instances': hidden('/connector-instances', {
    connector_kind: 'aws',
    display_name: 'mine now',
    config: { mode: 'accounts', account_ids: ['444444444444'], regions: ['eu-west-1'] },
    workspace_id: WORKSPACE,
  }),
  'GET /connector-instances': empty('/connector-instances'),
  'GET /connector-instances/:id': hidden('/connector-instances/instance-1'),
  'PATCH /connector-instances/:id': hidden('/connector-instances/instance-1', { display_name: 'mine now' }),
  'DELETE /connector-instances/:id': hidden('/connector-instances/instance-1'),
  'POST /connector-instances/:id/check': hidden('/connector-instances/push-1/check'),
  'POST /scan-scopes': hidden('/scan-scopes', {
    instance_id: 'instance-1',
    scope_keys: {},
    service_categories: ['aws_iam'],
  }),
  'GET /scan-scopes': empty('/scan-scopes'),
  'GET /scan-scopes/:id': hidden('/scan-scopes/scope-1'),
  'PATCH /scan-scopes/:id': hidden('/scan-scopes/scope-1', { enabled: false }),
  'DELETE /scan-scopes/:id': hidden('/scan-scopes/scope-1'),
  'POST /scan-runs': hidden('/scan-runs', { scope_id: 'scope-1' }),
  'GET /scan-runs': empty('/scan-runs'),
  'GET /scan-runs/:id': hidden('/scan-runs/run-1'),
  'GET /scan-runs/:id/cells': hidden('/scan-runs/run-1/cells'),
  'POST /scan-runs/:id/cells/:key/release': hidden(`/scan-runs/run-1/cells/aws_iam:${ONE}/release`),
  'POST /scan-runs/:id/cancel': hidden('/scan-runs/run-2/cancel'),
  'POST /scan-runs/:id/batches': hidden('/scan-runs/run-3/batches', { sequence: 0 }),
  'POST /scan-runs/:id/complete': hidden('/scan-runs/run-3/complete', {}),
  'POST /connector-reports': hidden('/connector-reports', { source_system: 'servicenow:example', nodes: [] }),
  'GET /connector-syncs': empty('/connector-syncs'),
  'GET /entities': empty('/entities'),
  'GET /entities/:id': hidden(`/entities/${DOCUMENTS.entity._id}`),
  'GET /entities/:id/edges': hidden(`/entities/${DOCUMENTS.entity._id}/edges`),
  'GET /correlations': empty('/correlations'),
  'GET /correlations/explain': hidden(
    `/correlations/explain?left=${DOCUMENTS.entity._id}&right=${DOCUMENTS.other_entity.source_record_id}`,
  ),
  'GET /correlation-rules': { path: '/correlation-rules', becomes: 'silent' },
  'GET /correlation-settings': { path: '/correlation-settings', becomes: 'silent' },
  'PUT /correlation-settings': {
    path: '/correlation-settings',
    body: {
      version: 0,
      pairs: [
        { left: DOCUMENTS.entity._id, right: DOCUMENTS.other_entity._id, decision: 'forbid', reason: 'they are two' },
      ],
    },
    becomes: 'refused',
  },
  'GET /canonical-identities': empty('/canonical-identities'),
  'GET /canonical-identities/:id': hidden(`/canonical-identities/${DOCUMENTS.identity._id}`),
  'GET /stitch-audit': empty('/stitch-audit'),
  'POST /stitch-runs': { path: '/stitch-runs', becomes: 'silent' },
  'POST /stitch-runs/preview': {
    path: '/stitch-runs/preview',
    body: { pairs: [{ left: DOCUMENTS.entity._id, right: DOCUMENTS.other_entity._id, decision: 'forbid' }] },
    becomes: 'refused',
  },
  'GET /stitch-runs/:id': { path: '/stitch-runs/st-1', becomes: 'of_tenant' },
  'POST /paths/query': hidden('/paths/query', { from: DOCUMENTS.entity._id }),
  'GET /paths/diff': { path: '/paths/diff?from_stitch=st-1&to_stitch=st-1', becomes: 'of_tenant' },
  'GET /stitch-runs': { path: '/stitch-runs', becomes: 'silent' },
  'GET /paths': empty('/paths'),
  'GET /paths/:id': hidden('/paths/path-1'),
  'GET /audit-events': empty('/audit-events'),
  'GET /openapi.json': { path: '/openapi.json', becomes: 'silent' },
};

/** Whatever a request may say of whose it is, beside its token. */
const CLAIMED = {
  'x-tenant-id': TENANT,
  'x-workspace-id': WORKSPACE,
  'x-org-id': TENANT,
  'x-amzn-oidc-data': TENANT,
  'x-amzn-oidc-identity': TENANT,
  'x-forwarded-user': 'ada',
};

/** Who is not of the workspace: somebody of another tenant, with a workspace of the same name and of another; a colleague. */
const STRANGERS = {
  'another tenant': { org_id: 'acme', sub: 'mallory', workspaces: ['payments'] },
  'another tenant with a workspace of the same name': { org_id: 'acme', sub: 'mallory', workspaces: [WORKSPACE] },
  'another workspace of the tenant': { sub: 'bob', workspaces: ['payments'] },
};

/** The status that a stranger gets instead of an answer. */
function refusalOf({ becomes }: Case, claims: object): number | undefined {
  if (becomes === 'hidden' || (becomes === 'of_tenant' && 'org_id' in claims)) return 404;
  return becomes === 'refused' ? 400 : undefined;
}

/** A hub that holds `DOCUMENTS`. */
export interface TenancyHub {
  readonly ask: (
    method: string,
    path: string,
    request: {
      readonly claims?: object;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    },
  ) => Promise<{ readonly status: number; readonly text: string }>;
  /** Everything that it holds beside its audit and what it counts. */
  readonly held: () => Promise<unknown>;
}

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`;
const TABLE = routes(aHubApi().deps).map((route) => [nameOf(route), route] as const);

const caseOf = (name: string): Case => {
  const found = CASES[name];
  if (!found)
    throw new Error(`${name} is in the table and not in CASES of ${import.meta.filename}: add how it is attacked`);
  return found;
};

/** Tries every route of the table with real documents of somebody else. */
export const tenancySuite = (open: () => Promise<TenancyHub>): void => {
  let hub: TenancyHub;
  beforeEach(async () => {
    hub = await open();
  });

  describe.each(TABLE)('%s', (name, route) => {
    const { method } = route;
    const ask = ({ path, body }: Case, claims: object, headers = {}) =>
      hub.ask(method, `/api/v1${path}`, { claims, headers, body });

    it.each(Object.entries(STRANGERS))('tells nothing to, and does nothing for, %s', async (_who, claims) => {
      const attack = caseOf(name);
      const before = await hub.held();
      // A workspace of one's own may be called as anybody else's: what is made there is one's own.
      const body =
        attack.body?.workspace_id === claims.workspaces[0] ? { ...attack.body, workspace_id: 'x' } : attack.body;
      const { status, text } = await ask({ ...attack, ...(body && { body }) }, claims, CLAIMED);
      expect({ status, text }).toMatchObject({ status: refusalOf(attack, claims) ?? route.status });
      if (attack.becomes === 'empty') expect(JSON.parse(text)).toEqual({ items: [] });
      expect(text).not.toContain(SECRET);
      expect(await hub.held()).toEqual(before);
    });

    it('answers as it declares to whom it belongs, whatever the headers claim', async () => {
      const attack = caseOf(name);
      const { status, text } = await ask(attack, {}, { 'x-tenant-id': 'acme', 'x-workspace-id': 'payments' });
      expect({ status, text }).toMatchObject({ status: attack.owner ?? route.status });
      const answer: z.ZodSafeParseResult<unknown> = route.answer.safeParse(JSON.parse(text));
      if (attack.owner === undefined) expect(answer.error?.issues).toBeUndefined();
      if (attack.becomes === 'empty') expect(text).toContain(SECRET);
    });

    it('takes no tenant from the query or the body', async () => {
      const attack = caseOf(name);
      const queried = await ask(
        { ...attack, path: `${attack.path}${attack.path.includes('?') ? '&' : '?'}tenant_id=${TENANT}` },
        {},
      );
      expect({ status: queried.status, text: queried.text }).toMatchObject({ status: 400 });
      if (!attack.body) return;
      const sent = await ask({ ...attack, body: { ...attack.body, tenant_id: TENANT } }, {});
      expect(sent.status).toBe(400);
      expect(JSON.parse(sent.text).errors).toContainEqual({
        field: 'tenant_id',
        message: 'is not a field of this request',
      });
    });
  });

  it('attacks routes of the table only', () => {
    expect(Object.keys(CASES).filter((name) => !TABLE.some(([known]) => known === name))).toEqual([]);
  });
};
