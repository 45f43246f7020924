import * as z from 'zod';
import type { Binder } from '../../../src/control/binder.ts';
import { ConnectorInstanceChange, changeInstance, deletedInstance } from '../../../src/control/change-instance.ts';
import {
  type ConnectorInstance,
  type HubTerms,
  NewConnectorInstance,
  newConnectorInstance,
} from '../../../src/control/connector-instance.ts';
import { coverageOf } from '../../../src/control/coverage.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import type { AccountId } from '../../../src/kernel/ids.ts';
import { isoTime } from '../../../src/kernel/time.ts';
import type { ConnectorInstanceStore } from '../../../src/store/connector-instances.ts';
import type { ScanScopeStore } from '../../../src/store/scan-scopes.ts';
import { InstanceAnswer, InstanceFilters, shownInstance } from '../answers/connector-instances.ts';
import { listOf } from '../answers/exactly.ts';
import type { Caller } from '../caller.ts';
import { changeEvent } from '../change-event.ts';
import type { Edge } from '../edge.ts';
import { type Making, makeOnce } from '../idempotency.ts';
import { decidedOnLatest } from '../latest.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { homeWorkspace } from '../workspace.ts';

export interface ConnectorInstanceDeps extends Edge {
  readonly instances: Pick<ConnectorInstanceStore, 'create' | 'get' | 'list' | 'change'>;
  readonly scopes: Pick<ScanScopeStore, 'ofInstance'>;
  /** Binds all of the accounts or, where another tenant holds some, none; returns those. */
  readonly bindAccounts: (binder: Binder, ids: readonly AccountId[]) => Promise<readonly AccountId[]>;
  /** Goes on with the end of a deleted instance; what it does not come to is left to the tick. */
  readonly endInstance: (instance: ConnectorInstance) => Promise<void>;
  readonly terms: HubTerms;
}

export const connectorInstanceRoutes = (deps: ConnectorInstanceDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/connector-instances',
      summary: 'Connect a source system',
      permission: 'instances:write',
      status: 201,
      idempotent: true,
      answer: InstanceAnswer,
      body: NewConnectorInstance,
      problems: ['account_owned_by_another_tenant', 'conflict', 'not_found'],
    },
    async (request) => {
      const { caller, body } = request;
      const made = await makeOnce(request, 'POST /connector-instances', deps.newId, {
        find: (id) => deps.instances.get(caller, id),
        make: (making) => created(deps, caller, body, making),
      });
      return shownInstance(made);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/connector-instances',
      summary: 'List the connected source systems',
      permission: 'instances:read',
      status: 200,
      answer: listOf(InstanceAnswer),
      query: Page.extend(InstanceFilters),
    },
    async ({ query: { limit, cursor, ...filter }, caller }) => {
      const after = positionOf('connector-instances', cursor, z.string());
      const rows = await deps.instances.list(caller, limit + 1, after, filter);
      return pageOf('connector-instances', rows.map(shownInstance), limit, (row) => row._id);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/connector-instances/:id',
      summary: 'Read one connected source system, also a deleted one',
      permission: 'instances:read',
      status: 200,
      answer: InstanceAnswer,
      problems: ['not_found'],
    },
    async ({ params, caller }) => shownInstance(await found(deps, caller, params.id)),
  ),
  route(
    {
      method: 'PATCH',
      path: '/connector-instances/:id',
      summary: 'Change a connected source system',
      permission: 'instances:write',
      status: 200,
      answer: InstanceAnswer,
      body: ConnectorInstanceChange,
      problems: ['not_found', 'conflict', 'account_owned_by_another_tenant'],
    },
    async ({ params, body, caller }) =>
      shownInstance(await decidedOnLatest(() => changed(deps, caller, params.id, body))),
  ),
  route(
    {
      method: 'DELETE',
      path: '/connector-instances/:id',
      summary: 'Disconnect a source system: what it claimed is retired in the background, its history stays',
      permission: 'instances:write',
      status: 202,
      answer: InstanceAnswer,
      problems: ['not_found', 'conflict'],
    },
    async ({ params, caller }) => {
      const deleted = await decidedOnLatest(() => deletedNow(deps, caller, params.id));
      await deps.endInstance(deleted);
      return shownInstance(deleted);
    },
  ),
];

async function created(
  deps: ConnectorInstanceDeps,
  caller: Caller,
  body: NewConnectorInstance,
  { id, request_hash }: Making,
): Promise<ConnectorInstance> {
  const now = isoTime(deps.now());
  const context = { ...homeWorkspace(caller, body.workspace_id), id, now, created_by: caller.subject };
  const instance = {
    ...newConnectorInstance(body, context, deps.terms),
    ...(request_hash !== undefined && { request_hash }),
  };
  await bind(deps, instance, accountsOf(instance));
  await deps.instances.create(instance, [changeEvent('connector_instance', instance, 'created', caller, now)]);
  return instance;
}

async function changed(
  deps: ConnectorInstanceDeps,
  caller: Caller,
  id: string | undefined,
  change: ConnectorInstanceChange,
): Promise<ConnectorInstance | undefined> {
  const instance = await found(deps, caller, id);
  const now = deps.now();
  const scopes = change.config ? await deps.scopes.ofInstance(instance, instance._id) : [];
  const { document, fields } = changeInstance(instance, change, { terms: deps.terms, scopes, now });
  if (fields.length === 0) return instance;
  const known = new Set(accountsOf(instance));
  await bind(
    deps,
    document,
    accountsOf(document).filter((account_id) => !known.has(account_id)),
  );
  const written = await deps.instances.change(instance, document, [
    changeEvent('connector_instance', document, 'changed', caller, isoTime(now), { fields }),
  ]);
  return written ? document : undefined;
}

async function deletedNow(
  deps: ConnectorInstanceDeps,
  caller: Caller,
  id: string | undefined,
): Promise<ConnectorInstance | undefined> {
  const instance = await found(deps, caller, id);
  const now = deps.now();
  const deleted = deletedInstance(instance, caller.subject, now);
  if (deleted === instance) return instance;
  const told = changeEvent('connector_instance', deleted, 'deleted', caller, isoTime(now));
  return (await deps.instances.change(instance, deleted, [told])) ? deleted : undefined;
}

async function found(deps: ConnectorInstanceDeps, caller: Caller, id: string | undefined): Promise<ConnectorInstance> {
  const instance = await deps.instances.get(caller, id ?? '');
  if (!instance) throw new AppError('not_found', `there is no connector instance ${id}`);
  return instance;
}

/** The accounts that an instance names; those of an organization are bound as they are found. */
const accountsOf = (instance: ConnectorInstance): readonly AccountId[] => coverageOf(instance).account_ids ?? [];

async function bind(
  deps: ConnectorInstanceDeps,
  instance: ConnectorInstance,
  ids: readonly AccountId[],
): Promise<void> {
  if (ids.length === 0) return;
  const foreign = await deps.bindAccounts({ tenant_id: instance.tenant_id, instance_id: instance._id }, ids);
  if (foreign.length === 0) return;
  throw new AppError('account_owned_by_another_tenant', `config.account_ids: ${foreign.join(', ')}`, {
    details: { field: 'config.account_ids' },
  });
}
