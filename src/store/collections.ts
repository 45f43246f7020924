import { ACCOUNT_OWNERS } from './account-owners.ts';
import { ACTIVITY } from './activity.ts';
import { AUDIT_EVENTS } from './audit-events.ts';
import { CANONICAL_IDENTITIES } from './canonical-identities.ts';
import { CELL_HEADS } from './cell-heads.ts';
import { CELL_MANIFESTS } from './cell-manifests.ts';
import { CELLS } from './cells.ts';
import { CLAIMANTS } from './claimants.ts';
import { CONNECTOR_INSTANCES } from './connector-instances.ts';
import { CONNECTOR_SYNCS } from './connector-syncs.ts';
import { CORRELATIONS } from './correlations.ts';
import type { CollectionPlan } from './database.ts';
import { EDGES } from './edges.ts';
import { ENTITIES } from './entities.ts';
import { IDENTITY_MEMBERS } from './identity-members.ts';
import { POLICY_DOCUMENTS } from './policy-documents.ts';
import { PUSH_BATCHES } from './push-batches.ts';
import { RATE_WINDOWS } from './rate-windows.ts';
import { SCAN_RUNS } from './scan-runs.ts';
import { SCAN_SCOPES } from './scan-scopes.ts';
import { STITCH_AUDIT } from './stitch-audit.ts';
import { STITCH_DUE } from './stitch-due.ts';
import { STITCH_RUNS } from './stitch-runs.ts';
import { STITCHED_PATHS } from './stitched-paths.ts';
import { TENANT_CORRELATION_SETTINGS } from './tenant-correlation-settings.ts';
import { UNSETTLED_ENDS } from './unsettled-ends.ts';

/** Every collection of the hub. A test holds this list against the folder. */
export const COLLECTIONS: readonly CollectionPlan[] = [
  ACCOUNT_OWNERS,
  ACTIVITY,
  AUDIT_EVENTS,
  CANONICAL_IDENTITIES,
  CELLS,
  CELL_HEADS,
  CELL_MANIFESTS,
  CLAIMANTS,
  CONNECTOR_INSTANCES,
  CONNECTOR_SYNCS,
  CORRELATIONS,
  EDGES,
  ENTITIES,
  IDENTITY_MEMBERS,
  POLICY_DOCUMENTS,
  PUSH_BATCHES,
  RATE_WINDOWS,
  SCAN_RUNS,
  SCAN_SCOPES,
  STITCHED_PATHS,
  STITCH_AUDIT,
  STITCH_DUE,
  STITCH_RUNS,
  TENANT_CORRELATION_SETTINGS,
  UNSETTLED_ENDS,
];

/** Collections whose documents carry an outbox: they have an index for what is left in it. */
export const WITH_OUTBOX: readonly CollectionPlan[] = COLLECTIONS.filter(({ indexes }) =>
  indexes.some(({ key }) => 'outbox.id' in key),
);
