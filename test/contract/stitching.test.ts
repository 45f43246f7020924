import { randomUUID } from 'node:crypto';
import type { Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { type StitchDeps, stitch } from '../../src/stitch/stitch.ts';
import { stitchRunId } from '../../src/stitch/stitch-run.ts';
import { canonicalIdentityStore } from '../../src/store/canonical-identities.ts';
import { correlationStore } from '../../src/store/correlations.ts';
import { EDGES } from '../../src/store/edges.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { identityMemberStore } from '../../src/store/identity-members.ts';
import { stitchAuditStore } from '../../src/store/stitch-audit.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { visibleInput } from '../../src/store/stitch-input.ts';
import { stitchRunStore } from '../../src/store/stitch-runs.ts';
import { stitchStores } from '../../src/store/stitch-stores.ts';
import { stitchedPathStore } from '../../src/store/stitched-paths.ts';
import { correlationSettingsStore } from '../../src/store/tenant-correlation-settings.ts';
import { TENANT } from '../graph/estate.ts';
import { aTenant } from '../stitch/a-tenant.ts';
import { federated, idOfThing, MCP_RULE, OAUTH_RULE, OIDC_RULE, switched, type Thing } from '../stitch/federated.ts';
import { computedHere } from '../stitch/here.ts';
import { contentOf } from '../stitch/kept-content.ts';
import { databaseOfItsOwn, read } from './on-server.ts';

const db = databaseOfItsOwn();
const ALL = { tenant_id: TENANT, workspace_ids: ['platform', 'itsm'] };
const PLATFORM = { tenant_id: TENANT, workspace_ids: ['platform'] };
const ACME = { tenant_id: 'acme', workspace_ids: ['platform', 'itsm'] };
const ITSM: readonly Thing[] = ['client', 'user', 'table'];
const workspacesOf = (thing: Thing): readonly string[] => (ITSM.includes(thing) ? ['itsm'] : ['platform']);
const NOW = new Date('2026-11-21T12:00:00.000Z');

type Stored = Document & { _id: string };

/** The federated story as documents of the inventory. */
async function believed(): Promise<void> {
  for (const input of federated({ workspacesOf })) {
    if (input.kind === 'entity') {
      await db()
        .collection<Stored>(ENTITIES.name)
        .insertOne({ ...input.entity, claims: [], version: 1 });
    } else if (input.kind === 'edge') {
      await db()
        .collection<Stored>(EDGES.name)
        .insertOne({ ...input.edge, claims: [], workspace_ids: ['platform', 'itsm'], version: 1 });
    }
  }
}

const decide = async (rules: Readonly<Record<string, boolean>>, version: number): Promise<void> => {
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
  expect(await correlationSettingsStore(db()).change(settings, { event, trigger })).toBe(true);
};

const deps = (): StitchDeps => ({
  ...stitchStores(db()),
  compute: computedHere,
  newId: randomUUID,
  patience: 0,
  now: () => NOW,
});

async function stitched(): Promise<void> {
  const at = NOW.toISOString();
  const generation = await stitchDueStore(db()).raise(TENANT, at, at, { kind: 'run_finished', by: 'run-1' });
  expect(await stitch(deps(), { tenant_id: TENANT, generation })).toBe('stitched');
}

beforeEach(async () => {
  await believed();
  await decide({ [MCP_RULE]: true }, 1);
  await stitched();
});

describe('a stitch on the server', () => {
  it('keeps what one in memory keeps', async () => {
    const memory = aTenant();
    memory.estate.inputs = federated({ workspacesOf });
    memory.estate.settings = switched({ [MCP_RULE]: true });
    await memory.stitch(await memory.changed());
    const all = async <D extends { readonly _id: string }>(name: string) =>
      new Map((await db().collection<D>(name).find().toArray()).map((one) => [String(one._id), one]));
    const kept = {
      correlations: await all('correlations'),
      identities: await all('canonical_identities'),
      paths: await all('stitched_paths'),
      members: await all('identity_members'),
    };
    expect(contentOf(kept as unknown as Parameters<typeof contentOf>[0])).toEqual(contentOf(memory.kept));
    expect(await db().collection('stitch_audit').countDocuments()).toBe(memory.kept.audit.size);
  });

  it('again writes nothing but its record', async () => {
    const names = ['correlations', 'canonical_identities', 'identity_members', 'stitched_paths', 'stitch_audit'];
    const everything = () => Promise.all(names.map((name) => db().collection(name).find().sort({ _id: 1 }).toArray()));
    const before = await everything();
    await stitched();
    expect(await everything()).toEqual(before);
    expect((await stitchRunStore(db()).list(TENANT, 10)).map(({ generation }) => generation).toSorted()).toEqual([
      1, 2,
    ]);
  });

  it('retires what a rule that is off had found, and the same documents are active again', async () => {
    const correlations = correlationStore(db());
    const before = await correlations.list(ALL, {}, 10);
    await decide({ [MCP_RULE]: false }, 2);
    await stitched();
    expect(await correlations.list(ALL, { status: 'retired' }, 10)).toMatchObject([
      { rule_id: MCP_RULE, retired_because: 'rule_off', last_stitch_run_id: stitchRunId(TENANT, 2) },
    ]);
    expect(await stitchedPathStore(db()).list(ALL, {}, 10)).toEqual([]);
    await decide({ [MCP_RULE]: true }, 3);
    await stitched();
    const after = await correlations.list(ALL, {}, 10);
    const stamped = new Set([MCP_RULE]);
    expect(after.filter(({ rule_id }) => !stamped.has(rule_id))).toEqual(
      before.filter(({ rule_id }) => !stamped.has(rule_id)),
    );
    const [was, is] = [before, after].map((some) => some.find(({ rule_id }) => rule_id === MCP_RULE));
    expect(is).toEqual({ ...was, last_stitch_run_id: stitchRunId(TENANT, 3) });
  });
});

describe('correlations', () => {
  const rules = async (whose: typeof ALL, query: Parameters<ReturnType<typeof correlationStore>['list']>[1]) =>
    (await correlationStore(db()).list(whose, query, 10)).map(({ rule_id }) => rule_id).toSorted();

  it('are found by rule, status and entity, whichever side it is on', async () => {
    expect(await rules(ALL, {})).toEqual([OIDC_RULE, OAUTH_RULE, MCP_RULE]);
    expect(await rules(ALL, { rule_id: OAUTH_RULE })).toEqual([OAUTH_RULE]);
    expect(await rules(ALL, { status: 'retired' })).toEqual([]);
    expect(await rules(ALL, { entity: idOfThing('client') })).toEqual([OAUTH_RULE]);
    expect(await rules(ALL, { entity: idOfThing('application') })).toEqual([OAUTH_RULE]);
    expect(await rules(ALL, { entity: idOfThing('bridge'), rule_id: OAUTH_RULE })).toEqual([]);
  });

  it('are shown to whoever sees both sides, in their tenant, one by one too', async () => {
    expect(await rules(PLATFORM, {})).toEqual([OIDC_RULE, MCP_RULE]);
    expect(await rules(ACME, {})).toEqual([]);
    const [hidden] = await correlationStore(db()).list(ALL, { rule_id: OAUTH_RULE }, 1);
    const get = (whose: typeof ALL) => correlationStore(db()).get(whose, hidden?._id ?? '');
    expect(await get(ALL)).toEqual(hidden);
    expect(await get(PLATFORM)).toBeUndefined();
    expect(await get(ACME)).toBeUndefined();
  });

  it('come in pages, each once', async () => {
    const store = correlationStore(db());
    const first = await store.list(ALL, {}, 2);
    const rest = await store.list(ALL, {}, 2, first.at(-1)?._id);
    expect([...first, ...rest].map(({ _id }) => _id)).toEqual((await store.list(ALL, {}, 10)).map(({ _id }) => _id));
  });

  it('that stand are streamed and hashed, the retired are not', async () => {
    await decide({}, 2);
    await stitched();
    const standing: string[] = [];
    for await (const { rule_id } of correlationStore(db()).streamActive(TENANT)) standing.push(rule_id);
    expect(standing.toSorted()).toEqual([OIDC_RULE, OAUTH_RULE]);
    expect((await correlationStore(db()).hashes(TENANT)).size).toBe(2);
    expect((await correlationStore(db()).hashes('acme')).size).toBe(0);
  });
});

describe('canonical identities', () => {
  const store = () => canonicalIdentityStore(db());

  it('are found by type, source system, rule and entity', async () => {
    const names = async (query: Parameters<ReturnType<typeof store>['list']>[1]) =>
      (await store().list(ALL, query, 10)).map(({ display_name }) => display_name).toSorted();
    expect(await names({})).toEqual(['application', 'router']);
    expect(await names({ entity_type: 'entra_application' })).toEqual(['application']);
    expect(await names({ source_system_id: 'servicenow:mediapro.service-now.com' })).toEqual(['application']);
    expect(await names({ rule: OIDC_RULE })).toEqual(['router']);
    expect(await names({ entity: idOfThing('client') })).toEqual(['application']);
    expect(await names({ rule: MCP_RULE })).toEqual([]);
  });

  it('are found by their own id, and by every one that another of their records would give them', async () => {
    const [identity] = await store().list(ALL, { rule: OAUTH_RULE }, 1);
    const ids = identity?.source_records.map(({ identity_id }) => identity_id) ?? [];
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(await store().get(ALL, id)).toEqual(identity);
    expect(await store().get(ALL, 'nobody')).toBeUndefined();
    for (const id of ids) expect(await store().get(PLATFORM, id)).toBeUndefined();
    for (const id of ids) expect(await store().get(ACME, id)).toBeUndefined();
  });

  it('are shown to whoever sees every record', async () => {
    expect((await store().list(PLATFORM, {}, 10)).map(({ display_name }) => display_name)).toEqual(['router']);
    expect(await store().list(ACME, {}, 10)).toEqual([]);
  });
});

describe('memberships', () => {
  it('name the identity of an entity, to whoever sees all of it', async () => {
    const [identity] = await canonicalIdentityStore(db()).list(ALL, { rule: OAUTH_RULE }, 1);
    const of = (whose: typeof ALL) =>
      identityMemberStore(db()).ofEntities(whose, [idOfThing('client'), idOfThing('bridge'), 'nobody']);
    expect(await of(ALL)).toEqual(new Map([[idOfThing('client'), identity?._id]]));
    expect(await of(PLATFORM)).toEqual(new Map());
    expect(await of(ACME)).toEqual(new Map());
  });

  it('go with their identity', async () => {
    await decide({ [MCP_RULE]: true, [OAUTH_RULE]: false, [OIDC_RULE]: false }, 2);
    await stitched();
    expect(await identityMemberStore(db()).hashes(TENANT)).toEqual(new Map());
    expect(await canonicalIdentityStore(db()).list(ALL, {}, 10)).toEqual([]);
  });
});

describe('the audit of stitches', () => {
  const store = () => stitchAuditStore(db());

  it('is found by stitch, kind, thing and change, newest stitch first, in pages', async () => {
    await decide({ [MCP_RULE]: false }, 2);
    await stitched();
    const all = await store().list(ALL, {}, 50);
    expect(all.map(({ generation }) => generation)).toEqual([2, 2, 1, 1, 1, 1, 1, 1]);
    const path = all.find(({ kind }) => kind === 'path');
    const changes = async (query: Parameters<ReturnType<typeof store>['list']>[1]) =>
      (await store().list(ALL, query, 50)).map(({ kind, change }) => `${kind} ${change}`).toSorted();
    expect(await changes({ stitch_run_id: stitchRunId(TENANT, 2) })).toEqual(['correlation went', 'path went']);
    expect(await changes({ kind: 'path' })).toEqual(['path appeared', 'path went']);
    expect(await changes({ kind: 'path', id: path?.id, change: 'went' })).toEqual(['path went']);
    const pages: (typeof all)[number][] = [];
    for (;;) {
      const last = pages.at(-1);
      const page = await store().list(ALL, {}, 3, last && { generation: last.generation, _id: last._id });
      if (page.length === 0) break;
      pages.push(...page);
    }
    expect(pages).toEqual(all);
  });

  it('is shown to whoever sees every member', async () => {
    expect((await store().list(PLATFORM, {}, 50)).map(({ kind }) => kind).toSorted()).toEqual([
      'correlation',
      'correlation',
      'identity',
    ]);
    expect(await store().list(ACME, {}, 50)).toEqual([]);
  });

  it('tells of paths in the order of their ids, of stitches after one and up to another', async () => {
    await decide({ [MCP_RULE]: false }, 2);
    await stitched();
    const generations = async (from: number, to: number, after?: string) =>
      (await read(store().ofPaths(TENANT, { from, to }, after))).map(({ generation }) => generation);
    expect(await generations(0, 2)).toEqual([1, 2]);
    expect(await generations(1, 2)).toEqual([2]);
    expect(await generations(0, 1)).toEqual([1]);
    const [path] = await read(store().ofPaths(TENANT, { from: 0, to: 2 }));
    expect(await generations(0, 2, path?.id)).toEqual([]);
    expect(await read(store().ofPaths('acme', { from: 0, to: 2 }))).toEqual([]);
    expect((await read(store().after(TENANT, 1))).length).toBe(2);
    expect(await read(store().after('acme', 0))).toEqual([]);
  });

  it('loses the entries that are named, of its tenant', async () => {
    const [entry] = await store().list(ALL, {}, 1);
    await store().remove('acme', [entry?._id ?? '']);
    expect(await store().list(ALL, {}, 50)).toHaveLength(6);
    await store().remove(TENANT, [entry?._id ?? '']);
    expect(await store().list(ALL, {}, 50)).toHaveLength(5);
  });
});

describe('what a question is answered from', () => {
  const seenBy = async (whose: typeof ALL) => {
    const names: string[] = [];
    for await (const input of visibleInput(db(), whose)) {
      if (input.kind === 'entity') names.push(input.entity.display_name);
      else if (input.kind === 'edge') names.push(input.edge.edge_type);
      else if (input.kind === 'correlation') names.push(input.correlation.rule_id);
    }
    return names.toSorted();
  };

  it('is what the workspaces see, and nothing else', async () => {
    expect(await seenBy({ ...PLATFORM, workspace_ids: ['elsewhere'] })).toEqual([]);
    expect(await seenBy(ACME)).toEqual([]);
    const everything = await seenBy(ALL);
    expect(everything).toEqual(expect.arrayContaining(['client', 'router', OAUTH_RULE, MCP_RULE]));
    expect(everything).toHaveLength(8 + 3 + 3);
    const platform = await seenBy(PLATFORM);
    expect(platform).not.toContain('client');
    expect(platform).toEqual(expect.arrayContaining(['router', OIDC_RULE, MCP_RULE]));
    expect(platform).not.toContain(OAUTH_RULE);
  });

  it('holds far ends that nobody claims where an edge that is seen names them, once', async () => {
    const entities = db().collection<Stored>(ENTITIES.name);
    await entities.updateMany({ display_name: { $in: ['application', 'subject'] } }, { $set: { workspace_ids: [] } });
    const names = await seenBy(PLATFORM);
    expect(names.filter((name) => name === 'application')).toHaveLength(1);
    expect(names).not.toContain('subject');
  });

  it('leaves out what is retired', async () => {
    const retired_at = NOW.toISOString();
    await db().collection<Stored>(ENTITIES.name).updateMany({}, { $set: { retired_at } });
    await db().collection<Stored>(EDGES.name).updateMany({}, { $set: { retired_at } });
    expect((await seenBy(ALL)).toSorted()).toEqual([OIDC_RULE, OAUTH_RULE, MCP_RULE]);
  });
});
