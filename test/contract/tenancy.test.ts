import type { Document } from 'mongodb';
import { AUDIT_EVENTS } from '../../src/store/audit-events.ts';
import { CELLS } from '../../src/store/cells.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { CONNECTOR_INSTANCES } from '../../src/store/connector-instances.ts';
import { CONNECTOR_SYNCS } from '../../src/store/connector-syncs.ts';
import { RATE_WINDOWS } from '../../src/store/rate-windows.ts';
import { SCAN_RUNS } from '../../src/store/scan-runs.ts';
import { SCAN_SCOPES } from '../../src/store/scan-scopes.ts';
import { STITCH_RUNS } from '../../src/store/stitch-runs.ts';
import { STITCHED_PATHS } from '../../src/store/stitched-paths.ts';
import { DOCUMENTS, tenancySuite } from '../api/tenancy-suite.ts';
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
  [CONNECTOR_SYNCS.name]: [DOCUMENTS.sync],
  [AUDIT_EVENTS.name]: [DOCUMENTS.event],
};

const everything = async (): Promise<unknown> => {
  const names = COLLECTIONS.map(({ name }) => name).filter(
    (name) => name !== AUDIT_EVENTS.name && name !== RATE_WINDOWS.name,
  );
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
