import { beforeEach, describe, expect, it } from 'vitest';
import { stitchRunId } from '../../src/stitch/stitch-run.ts';
import { canonicalIdentityStore } from '../../src/store/canonical-identities.ts';
import { correlationStore } from '../../src/store/correlations.ts';
import { identityMemberStore } from '../../src/store/identity-members.ts';
import { stitchRunStore } from '../../src/store/stitch-runs.ts';
import { stitchedPathStore } from '../../src/store/stitched-paths.ts';
import { TENANT } from '../graph/estate.ts';
import { aTenant } from '../stitch/a-tenant.ts';
import { federated, idOfThing, MCP_RULE, OAUTH_RULE, OIDC_RULE, switched } from '../stitch/federated.ts';
import { contentOf } from '../stitch/kept-content.ts';
import { databaseOfItsOwn } from './on-server.ts';
import { ACME, ALL, decide, PLATFORM, stitched, stitchedTenant, workspacesOf } from './stitched-tenant.ts';

const db = databaseOfItsOwn();
beforeEach(() => stitchedTenant(db()));

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
    await stitched(db());
    expect(await everything()).toEqual(before);
    expect((await stitchRunStore(db()).list(TENANT, 10)).map(({ generation }) => generation).toSorted()).toEqual([
      1, 2,
    ]);
  });

  it('retires what a rule that is off had found, and the same documents are active again', async () => {
    const correlations = correlationStore(db());
    const before = await correlations.list(ALL, {}, 10);
    await decide(db(), { [MCP_RULE]: false }, 2);
    await stitched(db());
    expect(await correlations.list(ALL, { status: 'retired' }, 10)).toMatchObject([
      { rule_id: MCP_RULE, retired_because: 'rule_off', last_stitch_run_id: stitchRunId(TENANT, 2) },
    ]);
    expect(await stitchedPathStore(db()).list(ALL, {}, 10)).toEqual([]);
    await decide(db(), { [MCP_RULE]: true }, 3);
    await stitched(db());
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
    await decide(db(), {}, 2);
    await stitched(db());
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
    await decide(db(), { [MCP_RULE]: true, [OAUTH_RULE]: false, [OIDC_RULE]: false }, 2);
    await stitched(db());
    expect(await identityMemberStore(db()).hashes(TENANT)).toEqual(new Map());
    expect(await canonicalIdentityStore(db()).list(ALL, {}, 10)).toEqual([]);
  });
});
