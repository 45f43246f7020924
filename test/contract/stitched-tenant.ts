import { randomUUID } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import { expect } from 'vitest';
import { type StitchDeps, stitch } from '../../src/stitch/stitch.ts';
import { EDGES } from '../../src/store/edges.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { stitchStores } from '../../src/store/stitch-stores.ts';
import { correlationSettingsStore } from '../../src/store/tenant-correlation-settings.ts';
import { TENANT } from '../graph/estate.ts';
import { federated, MCP_RULE, switched, type Thing } from '../stitch/federated.ts';
import { computedHere } from '../stitch/here.ts';

export const ALL = { tenant_id: TENANT, workspace_ids: ['platform', 'itsm'] };
export const PLATFORM = { tenant_id: TENANT, workspace_ids: ['platform'] };
export const ACME = { tenant_id: 'acme', workspace_ids: ['platform', 'itsm'] };
const ITSM: readonly Thing[] = ['client', 'user', 'table'];
export const workspacesOf = (thing: Thing): readonly string[] => (ITSM.includes(thing) ? ['itsm'] : ['platform']);
export const NOW = new Date('2026-11-21T12:00:00.000Z');

/** A document as it is stored. */
export type Stored = Document & { _id: string };

/** The federated story as documents of the inventory. */
async function believed(db: Db): Promise<void> {
  for (const input of federated({ workspacesOf })) {
    if (input.kind === 'entity') {
      await db.collection<Stored>(ENTITIES.name).insertOne({ ...input.entity, claims: [], version: 1 });
    } else if (input.kind === 'edge') {
      await db
        .collection<Stored>(EDGES.name)
        .insertOne({ ...input.edge, claims: [], workspace_ids: ['platform', 'itsm'], version: 1 });
    }
  }
}

/** Decides about rules, at a version of the settings. */
export const decide = async (db: Db, rules: Readonly<Record<string, boolean>>, version: number): Promise<void> => {
  const event = {
    _id: `event-${version}`,
    tenant_id: TENANT,
    workspace_id: 'platform',
    actor: 'ada',
    action: 'correlation_settings.changed',
    target: TENANT,
    at: NOW.toISOString(),
    request_id: `r-${version}`,
  };
  const trigger = { kind: 'settings_changed', by: `${version}` } as const;
  const settings = switched(rules, NOW.toISOString(), version);
  expect(await correlationSettingsStore(db).change(settings, { event, trigger })).toBe(true);
};

const deps = (db: Db): StitchDeps => ({
  ...stitchStores(db),
  compute: computedHere,
  newId: randomUUID,
  patience: 0,
  now: () => NOW,
});

/** Stitches the tenant, as after a run. */
export async function stitched(db: Db): Promise<void> {
  const at = NOW.toISOString();
  const generation = await stitchDueStore(db).raise(TENANT, at, at, { kind: 'run_finished', by: 'run-1' });
  expect(await stitch(deps(db), { tenant_id: TENANT, generation })).toBe('stitched');
}

/** A tenant that believes the story, has a rule on that is off by default, and is stitched. */
export async function stitchedTenant(db: Db): Promise<void> {
  await believed(db);
  await decide(db, { [MCP_RULE]: true }, 1);
  await stitched(db);
}
