import * as z from 'zod';
import { changeScope, deletedScope, ScanScopeChange } from '../../../src/control/change-scope.ts';
import { NewScanScope, newScanScope, type ScanScope } from '../../../src/control/scan-scope.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import { isoTime } from '../../../src/kernel/time.ts';
import type { ConnectorInstanceStore } from '../../../src/store/connector-instances.ts';
import type { ScanScopeStore } from '../../../src/store/scan-scopes.ts';
import { listOf } from '../answers/exactly.ts';
import { ScopeAnswer, shownScope } from '../answers/scan-scopes.ts';
import type { Caller } from '../caller.ts';
import { changeEvent } from '../change-event.ts';
import type { Edge } from '../edge.ts';
import { type Making, makeOnce } from '../idempotency.ts';
import { decidedOnLatest } from '../latest.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface ScanScopeDeps extends Edge {
  readonly instances: Pick<ConnectorInstanceStore, 'get'>;
  readonly scopes: Pick<ScanScopeStore, 'create' | 'get' | 'list' | 'change'>;
  /** Goes on with the end of a deleted scope; what it does not come to is left to the tick. */
  readonly endScope: (scope: ScanScope) => Promise<void>;
}

const ScopePage = Page.extend({
  instance_id: z.string().min(1).max(100).exactOptional(),
  enabled: z.enum(['true', 'false']).exactOptional(),
});

export const scanScopeRoutes = (deps: ScanScopeDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/scan-scopes',
      summary: 'Say which part of an instance is scanned, and how often',
      permission: 'scopes:write',
      status: 201,
      idempotent: true,
      answer: ScopeAnswer,
      body: NewScanScope,
      problems: ['not_found', 'conflict', 'unknown_category', 'account_not_in_scope'],
    },
    async (request) => {
      const { caller, body } = request;
      const made = await makeOnce(request, 'POST /scan-scopes', deps.newId, {
        find: (id) => deps.scopes.get(caller, id),
        make: (making) => created(deps, caller, body, making),
      });
      return shownScope(made);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-scopes',
      summary: 'List the scopes',
      permission: 'scopes:read',
      status: 200,
      answer: listOf(ScopeAnswer),
      query: ScopePage,
    },
    async ({ query: { limit, cursor, instance_id, enabled }, caller }) => {
      const rows = await deps.scopes.list(caller, limit + 1, positionOf('scan-scopes', cursor, z.string()), {
        instance_id,
        enabled: enabled && enabled === 'true',
      });
      return pageOf('scan-scopes', rows.map(shownScope), limit, (row) => row._id);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-scopes/:id',
      summary: 'Read one scope, also a deleted one',
      permission: 'scopes:read',
      status: 200,
      answer: ScopeAnswer,
      problems: ['not_found'],
    },
    async ({ params, caller }) => shownScope(await found(deps, caller, params.id)),
  ),
  route(
    {
      method: 'PATCH',
      path: '/scan-scopes/:id',
      summary: 'Change what is scanned, or how often',
      permission: 'scopes:write',
      status: 200,
      answer: ScopeAnswer,
      body: ScanScopeChange,
      problems: ['not_found', 'conflict', 'unknown_category', 'account_not_in_scope'],
    },
    async ({ params, body, caller }) => shownScope(await decidedOnLatest(() => changed(deps, caller, params.id, body))),
  ),
  route(
    {
      method: 'DELETE',
      path: '/scan-scopes/:id',
      summary: 'Scan no more: open runs are cancelled, the history stays',
      permission: 'scopes:write',
      status: 202,
      answer: ScopeAnswer,
      problems: ['not_found', 'conflict'],
    },
    async ({ params, caller }) => {
      const deleted = await decidedOnLatest(() => deletedNow(deps, caller, params.id));
      await deps.endScope(deleted);
      return shownScope(deleted);
    },
  ),
];

async function created(
  deps: ScanScopeDeps,
  caller: Caller,
  body: NewScanScope,
  { id, request_hash }: Making,
): Promise<ScanScope> {
  const instance = await deps.instances.get(caller, body.instance_id);
  if (!instance) {
    throw new AppError('not_found', `instance_id: there is no connector instance ${body.instance_id}`, {
      details: { field: 'instance_id' },
    });
  }
  const { tenant_id, workspace_id } = instance;
  const now = deps.now();
  const scope = {
    ...newScanScope(body, instance, { tenant_id, workspace_id, id, now, created_by: caller.subject }),
    ...(request_hash !== undefined && { request_hash }),
  };
  await deps.scopes.create(scope, [changeEvent('scan_scope', scope, 'created', caller, isoTime(now))]);
  return scope;
}

async function changed(
  deps: ScanScopeDeps,
  caller: Caller,
  id: string | undefined,
  change: ScanScopeChange,
): Promise<ScanScope | undefined> {
  const scope = await found(deps, caller, id);
  const instance = await deps.instances.get(scope, scope.instance_id);
  if (!instance) throw new AppError('not_found', `there is no connector instance ${scope.instance_id}`);
  const now = deps.now();
  const { document, fields } = changeScope(scope, instance, change, now);
  if (fields.length === 0) return scope;
  const told = changeEvent('scan_scope', scope, 'changed', caller, isoTime(now), { fields });
  return (await deps.scopes.change(scope, document, [told])) ? document : undefined;
}

async function deletedNow(deps: ScanScopeDeps, caller: Caller, id: string | undefined): Promise<ScanScope | undefined> {
  const scope = await found(deps, caller, id);
  const now = deps.now();
  const deleted = deletedScope(scope, caller.subject, now);
  if (deleted === scope) return scope;
  const told = changeEvent('scan_scope', scope, 'deleted', caller, isoTime(now));
  return (await deps.scopes.change(scope, deleted, [told])) ? deleted : undefined;
}

async function found(deps: ScanScopeDeps, caller: Caller, id: string | undefined): Promise<ScanScope> {
  const scope = await deps.scopes.get(caller, id ?? '');
  if (!scope) throw new AppError('not_found', `there is no scan scope ${id}`);
  return scope;
}
