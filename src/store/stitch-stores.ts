import type { Db } from 'mongodb';
import type { StitchDeps } from '../stitch/stitch.ts';
import { canonicalIdentityStore } from './canonical-identities.ts';
import { correlationStore } from './correlations.ts';
import { identityMemberStore } from './identity-members.ts';
import { stitchAuditStore } from './stitch-audit.ts';
import { stitchDueStore } from './stitch-due.ts';
import { stitchInput } from './stitch-input.ts';
import { stitchRunStore } from './stitch-runs.ts';
import { stitchedPathStore } from './stitched-paths.ts';
import { correlationSettingsStore } from './tenant-correlation-settings.ts';

/** Everything that a stitch reads from and writes to the database. */
export const stitchStores = (db: Db): Pick<StitchDeps, 'due' | 'settings' | 'input' | 'stitched' | 'stitch_runs'> => ({
  due: stitchDueStore(db),
  settings: correlationSettingsStore(db),
  input: (tenant_id) => stitchInput(db, tenant_id),
  stitched: {
    correlations: correlationStore(db),
    identities: canonicalIdentityStore(db),
    paths: stitchedPathStore(db),
    members: identityMemberStore(db),
    audit: stitchAuditStore(db),
  },
  stitch_runs: stitchRunStore(db),
});
