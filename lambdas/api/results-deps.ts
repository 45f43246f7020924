import type { Db } from 'mongodb';
import { activityStore } from '../../src/store/activity.ts';
import { canonicalIdentityStore } from '../../src/store/canonical-identities.ts';
import { correlationStore } from '../../src/store/correlations.ts';
import { edgeStore } from '../../src/store/edges.ts';
import { entityStore } from '../../src/store/entities.ts';
import { identityMemberStore } from '../../src/store/identity-members.ts';
import { stitchAuditStore } from '../../src/store/stitch-audit.ts';
import { stitchRunStore } from '../../src/store/stitch-runs.ts';
import { stitchedPathStore } from '../../src/store/stitched-paths.ts';
import { correlationSettingsStore } from '../../src/store/tenant-correlation-settings.ts';

/** What the routes that answer what was found need, on a database. */
export const resultsDeps = (db: Db) => ({
  entities: entityStore(db),
  edges: edgeStore(db),
  activityOf: activityStore(db).ofEntities,
  identitiesOf: identityMemberStore(db).ofEntities,
  correlations: correlationStore(db),
  identities: canonicalIdentityStore(db),
  paths: stitchedPathStore(db),
  stitch_runs: stitchRunStore(db),
  stitch_audit: stitchAuditStore(db),
  settings: correlationSettingsStore(db),
});
