import * as z from 'zod';
import { auditEntry } from '../../../src/control/audit.ts';
import type { Binder } from '../../../src/control/binder.ts';
import {
  type ConnectorInstance,
  type HubTerms,
  NewConnectorInstance,
  newConnectorInstance,
} from '../../../src/control/connector-instance.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import type { AccountId } from '../../../src/kernel/ids.ts';
import { isoTime } from '../../../src/kernel/time.ts';
import type { ConnectorInstanceStore } from '../../../src/store/connector-instances.ts';
import type { Edge } from '../edge.ts';
import { type List, Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { homeWorkspace } from '../workspace.ts';

export interface ConnectorInstanceDeps extends Edge {
  readonly instances: Pick<ConnectorInstanceStore, 'create' | 'get' | 'list'>;
  /** Binds all of the accounts or, where another tenant holds some, none; returns those. */
  readonly bindAccounts: (binder: Binder, ids: readonly AccountId[]) => Promise<readonly AccountId[]>;
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
      answer: z.custom<ConnectorInstance>(),
      body: NewConnectorInstance,
    },
    async ({ body, caller }) => {
      const now = isoTime(deps.now());
      const context = {
        ...homeWorkspace(caller, body.workspace_id),
        id: deps.newId(),
        now,
        created_by: caller.subject,
      };
      const instance = newConnectorInstance(body, context, deps.terms);
      if (instance.connector_kind === 'aws' && instance.config.mode === 'accounts') {
        const foreign = await deps.bindAccounts(
          { tenant_id: caller.tenant_id, instance_id: instance._id },
          instance.config.account_ids,
        );
        if (foreign.length > 0) {
          throw new AppError('account_owned_by_another_tenant', `config.account_ids: ${foreign.join(', ')}`, {
            details: { field: 'config.account_ids' },
          });
        }
      }
      const created = auditEntry({
        tenant_id: instance.tenant_id,
        workspace_id: instance.workspace_id,
        actor: caller.subject,
        action: 'connector_instance.created',
        target: instance._id,
        at: now,
        request_id: caller.request_id,
      });
      await deps.instances.create(instance, [created]);
      return instance;
    },
  ),
  route(
    {
      method: 'GET',
      path: '/connector-instances',
      summary: 'List the connected source systems',
      permission: 'instances:read',
      status: 200,
      answer: z.custom<List<ConnectorInstance>>(),
      query: Page,
    },
    async ({ query, caller }) => {
      const rows = await deps.instances.list(
        caller,
        query.limit + 1,
        positionOf('connector-instances', query.cursor, z.string()),
      );
      return pageOf('connector-instances', rows, query.limit, (row) => row._id);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/connector-instances/:id',
      summary: 'Read one connected source system',
      permission: 'instances:read',
      status: 200,
      answer: z.custom<ConnectorInstance>(),
    },
    async ({ params, caller }) => {
      const instance = await deps.instances.get(caller, params.id ?? '');
      if (!instance) throw new AppError('not_found', `there is no connector instance ${params.id}`);
      return instance;
    },
  ),
];
