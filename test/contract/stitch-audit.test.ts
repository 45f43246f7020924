import { beforeEach, describe, expect, it } from 'vitest';
import { stitchRunId } from '../../src/stitch/stitch-run.ts';
import { EDGES } from '../../src/store/edges.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { stitchAuditStore } from '../../src/store/stitch-audit.ts';
import { visibleInput } from '../../src/store/stitch-input.ts';
import { TENANT } from '../graph/estate.ts';
import { MCP_RULE, OAUTH_RULE, OIDC_RULE } from '../stitch/federated.ts';
import { databaseOfItsOwn, read } from './on-server.ts';
import { ACME, ALL, decide, NOW, PLATFORM, type Stored, stitched, stitchedTenant } from './stitched-tenant.ts';

const db = databaseOfItsOwn();
beforeEach(() => stitchedTenant(db()));

describe('the audit of stitches', () => {
  const store = () => stitchAuditStore(db());

  it('is found by stitch, kind, thing and change, newest stitch first, in pages', async () => {
    await decide(db(), { [MCP_RULE]: false }, 2);
    await stitched(db());
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
    await decide(db(), { [MCP_RULE]: false }, 2);
    await stitched(db());
    const generations = async (from: number, to: number, after?: string) =>
      (await read(store().ofPaths(TENANT, { from, to }, after))).map(({ generation }) => generation);
    expect(await generations(0, 2)).toEqual([1, 2]);
    expect(await generations(1, 2)).toEqual([2]);
    expect(await generations(0, 1)).toEqual([1]);
    const [path] = await read(store().ofPaths(TENANT, { from: 0, to: 2 }));
    expect(await generations(0, 2, path?.id)).toEqual([]);
    expect(await read(store().ofPaths('acme', { from: 0, to: 2 }))).toEqual([]);
    const heads = await read(store().after(TENANT, 1));
    expect(heads.map(({ kind }) => kind).toSorted()).toEqual(['correlation', 'path']);
    expect(heads.every((head) => head.before_hash !== undefined && !('causes' in head))).toBe(true);
    const ids = heads.map(({ _id }) => _id);
    expect((await store().getMany(TENANT, ids)).map(({ causes }) => causes.length)).toEqual([1, 1]);
    expect(await store().getMany('acme', ids)).toEqual([]);
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
