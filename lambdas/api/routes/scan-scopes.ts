import * as z from 'zod';
import { auditEntry } from '../../../src/control/audit.ts';
import { NewScanScope, newScanScope, type ScanScope } from '../../../src/control/scan-scope.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import { isoTime } from '../../../src/kernel/time.ts';
import type { ConnectorInstanceStore } from '../../../src/store/connector-instances.ts';
import type { ScanScopeStore } from '../../../src/store/scan-scopes.ts';
import type { Edge } from '../edge.ts';
import { type List, Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

export interface ScanScopeDeps extends Edge {
  readonly instances: Pick<ConnectorInstanceStore, 'get'>;
  readonly scopes: Pick<ScanScopeStore, 'create' | 'get' | 'list'>;
}

export const scanScopeRoutes = (deps: ScanScopeDeps): readonly Route[] => [
  route(
    {
      method: 'POST',
      path: '/scan-scopes',
      summary: 'Say which part of an instance is scanned, and how often',
      permission: 'scopes:write',
      status: 201,
      answer: z.custom<ScanScope>(),
      body: NewScanScope,
    },
    async ({ body, caller }) => {
      const instance = await deps.instances.get(caller, body.instance_id);
      if (!instance) {
        throw new AppError('not_found', `instance_id: there is no connector instance ${body.instance_id}`, {
          details: { field: 'instance_id' },
        });
      }
      const tenancy = { tenant_id: instance.tenant_id, workspace_id: instance.workspace_id };
      const now = deps.now();
      const scope = newScanScope(body, instance, { ...tenancy, id: deps.newId(), now, created_by: caller.subject });
      const created = auditEntry({
        ...tenancy,
        actor: caller.subject,
        action: 'scan_scope.created',
        target: scope._id,
        at: isoTime(now),
        request_id: caller.request_id,
      });
      await deps.scopes.create(scope, [created]);
      return scope;
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-scopes',
      summary: 'List the scopes',
      permission: 'scopes:read',
      status: 200,
      answer: z.custom<List<ScanScope>>(),
      query: Page,
    },
    async ({ query, caller }) => {
      const rows = await deps.scopes.list(caller, query.limit + 1, positionOf('scan-scopes', query.cursor, z.string()));
      return pageOf('scan-scopes', rows, query.limit, (row) => row._id);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/scan-scopes/:id',
      summary: 'Read one scope',
      permission: 'scopes:read',
      status: 200,
      answer: z.custom<ScanScope>(),
    },
    async ({ params, caller }) => {
      const scope = await deps.scopes.get(caller, params.id ?? '');
      if (!scope) throw new AppError('not_found', `there is no scan scope ${params.id}`);
      return scope;
    },
  ),
];
