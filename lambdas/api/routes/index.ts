import type { Route } from '../route.ts';
import { type AuditEventDeps, auditEventRoutes } from './audit-events.ts';
import { type CellDeps, cellRoutes } from './cells.ts';
import { type CheckDeps, checkRoutes } from './checks.ts';
import { type ConnectorInstanceDeps, connectorInstanceRoutes } from './connector-instances.ts';
import { openApiRoutes } from './openapi.ts';
import { type PathDeps, pathRoutes } from './paths.ts';
import { type PushRouteDeps, pushRoutes } from './push.ts';
import { type ScanRunDeps, scanRunRoutes } from './scan-runs.ts';
import { type ScanScopeDeps, scanScopeRoutes } from './scan-scopes.ts';
import { type StitchRunDeps, stitchRunRoutes } from './stitch-runs.ts';

export type ApiDeps = ConnectorInstanceDeps &
  CheckDeps &
  ScanScopeDeps &
  ScanRunDeps &
  CellDeps &
  PushRouteDeps &
  PathDeps &
  StitchRunDeps &
  AuditEventDeps;

/** Every route below `/api/v1`, in the order of the flow. */
export function routes(deps: ApiDeps): readonly Route[] {
  const table = [
    ...connectorInstanceRoutes(deps),
    ...checkRoutes(deps),
    ...scanScopeRoutes(deps),
    ...scanRunRoutes(deps),
    ...cellRoutes(deps),
    ...pushRoutes(deps),
    ...stitchRunRoutes(deps),
    ...pathRoutes(deps),
    ...auditEventRoutes(deps),
  ];
  return [...table, ...openApiRoutes(table)];
}
