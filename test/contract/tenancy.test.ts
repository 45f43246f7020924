import type { Document } from 'mongodb';
import { ACTIVITY } from '../../src/store/activity.ts';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { CANONICAL_IDENTITIES } from '../../src/store/canonical-identities.ts';
import { CELLS } from '../../src/store/cells.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { CONNECTOR_INSTANCES } from '../../src/store/connector-instances.ts';
import { CONNECTOR_SYNCS } from '../../src/store/connector-syncs.ts';
import { CORRELATIONS } from '../../src/store/correlations.ts';
import { EDGES } from '../../src/store/edges.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { IDENTITY_MEMBERS } from '../../src/store/identity-members.ts';
import { RATE_WINDOWS } from '../../src/store/rate-windows.ts';
import { SCAN_RUNS } from '../../src/store/scan-runs.ts';
import { SCAN_SCOPES } from '../../src/store/scan-scopes.ts';
import { STITCH_AUDIT } from '../../src/store/stitch-audit.ts';
import { STITCH_DUE } from '../../src/store/stitch-due.ts';
import { STITCH_RUNS } from '../../src/store/stitch-runs.ts';
import { STITCHED_PATHS } from '../../src/store/stitched-paths.ts';
import { DOCUMENTS, tenancySuite } from '../api/tenancy-suite.ts';
import { TENANT } from '../control/builders.ts';
import { apiOnServer } from './api-on-server.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();

const HELD: Readonly<Record<string, readonly Document[]>> = {
  [CONNECTOR_INSTANCES.name]: [DOCUMENTS.instance, DOCUMENTS.push_instance].map((one) => ({ ...one, outbox: [] })),
  [SCAN_SCOPES.name]: [{ ...DOCUMENTS.scope, outbox: [] }],
  [SCAN_RUNS.name]: [DOCUMENTS.run, DOCUMENTS.queued, DOCUMENTS.pushed],
  [CELLS.name]: [DOCUMENTS.cell],
  [STITCH_RUNS.name]: [DOCUMENTS.stitch_run],
  [STITCHED_PATHS.name]: [DOCUMENTS.path],
  [ENTITIES.name]: [DOCUMENTS.entity, DOCUMENTS.other_entity],
  [EDGES.name]: [DOCUMENTS.edge],
  [ACTIVITY.name]: [{ _id: 'activity-1', tenant_id: TENANT, ...DOCUMENTS.activity }],
  [CORRELATIONS.name]: [DOCUMENTS.correlation],
  [CANONICAL_IDENTITIES.name]: [DOCUMENTS.identity],
  [IDENTITY_MEMBERS.name]: DOCUMENTS.identity_members,
  [STITCH_AUDIT.name]: [DOCUMENTS.entry],
  [CONNECTOR_SYNCS.name]: [DOCUMENTS.sync],
  [AUDIT_EVENTS.name]: [DOCUMENTS.event],
};

/** What counts requests, tells of them, and says that a tenant's own stitch was asked for. */
const NOT_HELD: ReadonlySet<string> = new Set([AUDIT_EVENTS.name, RATE_WINDOWS.name, STITCH_DUE.name]);

const everything = async (): Promise<unknown> => {
  const names = COLLECTIONS.map(({ name }) => name).filter((name) => !NOT_HELD.has(name));
  return Promise.all(names.map(async (name) => [name, await db().collection(name).find().sort({ _id: 1 }).toArray()]));
};

tenancySuite(async () => {
  for (const [name, documents] of Object.entries(HELD)) {
    await db()
      .collection(name)
      .insertMany(structuredClone([...documents]));
  }
  return { ask: apiOnServer(db()).ask, held: everything };
});
