import type { Route } from '../route.ts';
import { type AuditEventDeps, auditEventRoutes } from './audit-events.ts';
import { type CanonicalIdentityDeps, canonicalIdentityRoutes } from './canonical-identities.ts';
import { type CellDeps, cellRoutes } from './cells.ts';
import { type CheckDeps, checkRoutes } from './checks.ts';
import { type ConnectorInstanceDeps, connectorInstanceRoutes } from './connector-instances.ts';
import { type CorrelationSettingsDeps, correlationSettingsRoutes } from './correlation-settings.ts';
import { type CorrelationDeps, correlationRoutes } from './correlations.ts';
import { type EntityDeps, entityRoutes } from './entities.ts';
import { openApiRoutes } from './openapi.ts';
import { type PathDiffDeps, pathDiffRoutes } from './path-diff.ts';
import { type PathQuestionDeps, pathQuestionRoutes } from './path-questions.ts';
import { type PathDeps, pathRoutes } from './paths.ts';
import { type PushRouteDeps, pushRoutes } from './push.ts';
import { type ScanRunDeps, scanRunRoutes } from './scan-runs.ts';
import { type ScanScopeDeps, scanScopeRoutes } from './scan-scopes.ts';
import { type StitchAuditDeps, stitchAuditRoutes } from './stitch-audit.ts';
import { type StitchPreviewDeps, stitchPreviewRoutes } from './stitch-previews.ts';
import { type StitchRunDeps, stitchRunRoutes } from './stitch-runs.ts';

export type ApiDeps = ConnectorInstanceDeps &
  CheckDeps &
  ScanScopeDeps &
  ScanRunDeps &
  CellDeps &
  PushRouteDeps &
  EntityDeps &
  CorrelationDeps &
  CorrelationSettingsDeps &
  CanonicalIdentityDeps &
  PathDeps &
  PathDiffDeps &
  PathQuestionDeps &
  StitchRunDeps &
  StitchPreviewDeps &
  StitchAuditDeps &
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
    ...entityRoutes(deps),
    ...stitchRunRoutes(deps),
    ...stitchPreviewRoutes(deps),
    ...stitchAuditRoutes(deps),
    ...correlationRoutes(deps),
    ...correlationSettingsRoutes(deps),
    ...canonicalIdentityRoutes(deps),
    // Before those of one path: `diff` is the id of none.
    ...pathDiffRoutes(deps),
    ...pathQuestionRoutes(deps),
    ...pathRoutes(deps),
    ...auditEventRoutes(deps),
  ];
  return [...table, ...openApiRoutes(table)];
}
