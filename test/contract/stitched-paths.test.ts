import { beforeEach, describe, expect, it } from 'vitest';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import { type StitchedPathStore, stitchedPathStore } from '../../src/store/stitched-paths.ts';
import { TENANT } from '../graph/estate.ts';
import { computedOf } from '../stitch/computed.ts';
import { mediaProInputs } from '../stitch/inputs.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let paths: StitchedPathStore;
beforeEach(() => {
  paths = stitchedPathStore(db());
});

/** The path of the MediaPro estate. */
function thePath(): StitchedPath {
  const [found] = computedOf(mediaProInputs()).paths;
  if (!found) throw new Error('the estate has a path');
  return {
    ...found,
    stitch_run_id: 'stitch-1',
    stitched_at: '2026-11-21T12:00:00.000Z',
  };
}
const PATH = thePath();
const aPath = (_id: string, given: Partial<StitchedPath> = {}): StitchedPath => ({ ...PATH, _id, ...given });
const members = (...sets: readonly (readonly string[])[]) => sets.map((workspace_ids) => ({ workspace_ids }));
const sees = (...workspace_ids: readonly string[]) => ({ tenant_id: TENANT, workspace_ids });
const ALL = sees('platform');

describe('stitched paths', () => {
  it('come back as they were put, and again when put again', async () => {
    await paths.put(TENANT, [PATH]);
    await paths.put(TENANT, [PATH]);
    expect(await paths.list(ALL, {}, 10)).toEqual([PATH]);
    expect(await paths.get(ALL, PATH._id)).toEqual(PATH);
    expect(await paths.hashes(TENANT)).toEqual(new Map([[PATH._id, PATH.content_hash]]));
  });

  it('are replaced as a whole and removed by id', async () => {
    await paths.put(TENANT, [aPath('a'), aPath('b')]);
    const { conditions: _conditions, ...rest } = aPath('a', { content_hash: 'other' });
    await paths.put(TENANT, [{ ...rest, conditions: [] }]);
    await paths.remove(TENANT, ['b', 'never there']);
    expect(await paths.hashes(TENANT)).toEqual(new Map([['a', 'other']]));
  });

  it('take nothing to put and nothing to remove', async () => {
    await paths.put(TENANT, []);
    await paths.remove(TENANT, []);
    expect(await paths.hashes(TENANT)).toEqual(new Map());
  });

  it('are found by workload, resource and boundary, and by all of them', async () => {
    const other = { ...PATH.resource, source_record_id: 'arn:aws:s3:::other' };
    await paths.put(TENANT, [
      aPath('a'),
      aPath('b', { resource: other }),
      aPath('c', { resource: other, crosses_account_boundary: false }),
    ]);
    const ids = async (query: Parameters<StitchedPathStore['list']>[1]) =>
      (await paths.list(ALL, query, 10)).map(({ _id }) => _id);
    const workload = PATH.workload.source_record_id;
    expect(await ids({ workload })).toEqual(['a', 'b', 'c']);
    expect(await ids({ workload: 'arn:aws:lambda:none' })).toEqual([]);
    expect(await ids({ resource: other.source_record_id })).toEqual(['b', 'c']);
    expect(await ids({ crosses_account_boundary: false })).toEqual(['c']);
    expect(await ids({ workload, resource: other.source_record_id, crosses_account_boundary: true })).toEqual(['b']);
  });

  it('are found by id of either end, identity, account, rule, level, conditions and each boundary', async () => {
    const other = { ...PATH.resource, id: 'f'.repeat(64) };
    await paths.put(TENANT, [
      aPath('a', {
        resource: other,
        identities: ['one', 'two'],
        verdict: 'allowed',
        crosses_organization_boundary: true,
      }),
      aPath('b', { accounts: ['999988887777'], correlation_rules: ['rule-a'], verdict: 'conditional' }),
      aPath('c', { access_level: 'Admin', crosses_connector_boundary: true, verdict: 'conditional' }),
    ]);
    const ids = async (query: Parameters<StitchedPathStore['list']>[1]) =>
      (await paths.list(ALL, query, 10)).map(({ _id }) => _id);
    expect(await ids({ resource: other.id })).toEqual(['a']);
    expect(await ids({ workload: PATH.workload.id })).toEqual(['a', 'b', 'c']);
    expect(await ids({ identity: 'two' })).toEqual(['a']);
    expect(await ids({ account: '999988887777' })).toEqual(['b']);
    expect(await ids({ rule: 'rule-a' })).toEqual(['b']);
    expect(await ids({ access_level: 'Admin' })).toEqual(['c']);
    expect(await ids({ condition_free: true })).toEqual(['a']);
    expect(await ids({ condition_free: false })).toEqual(['b', 'c']);
    expect(await ids({ crosses_connector_boundary: true })).toEqual(['c']);
    expect(await ids({ crosses_organization_boundary: true })).toEqual(['a']);
  });

  it('come in pages, each once', async () => {
    await paths.put(
      TENANT,
      ['d', 'b', 'a', 'c'].map((id) => aPath(id)),
    );
    const first = await paths.list(ALL, {}, 2);
    const second = await paths.list(ALL, {}, 2, first.at(-1)?._id);
    expect([...first, ...second].map(({ _id }) => _id)).toEqual(['a', 'b', 'c', 'd']);
    expect(await paths.list(ALL, {}, 2, 'd')).toEqual([]);
  });
});

describe('who sees a path', () => {
  beforeEach(() =>
    paths.put(TENANT, [
      aPath('all far ends', { members: [] }),
      aPath('platform', { members: members(['platform']) }),
      aPath('both', { members: members(['payments', 'platform']) }),
      aPath('one each', { members: members(['payments'], ['platform']) }),
      aPath('hidden member', { members: members(['platform'], ['secret']) }),
    ]),
  );

  const seenBy = async (...workspaces: readonly string[]) =>
    (await paths.list(sees(...workspaces), {}, 10)).map(({ _id }) => _id);

  it.each<[readonly string[], readonly string[]]>([
    [['platform'], ['all far ends', 'both', 'platform']],
    [['payments'], ['all far ends', 'both']],
    [
      ['payments', 'platform'],
      ['all far ends', 'both', 'one each', 'platform'],
    ],
    [
      ['platform', 'secret'],
      ['all far ends', 'both', 'hidden member', 'platform'],
    ],
    [['elsewhere'], ['all far ends']],
    [[], ['all far ends']],
  ])('in the workspaces %j is whoever sees all its members', async (workspaces, ids) => {
    expect(await seenBy(...workspaces)).toEqual(ids);
  });

  it('is the same for one path asked for by its id', async () => {
    expect(await paths.get(sees('platform'), 'one each')).toBeUndefined();
    expect(await paths.get(sees('payments', 'platform'), 'one each')).toMatchObject({ _id: 'one each' });
  });
});

describe('tenants', () => {
  const acme = { tenant_id: 'acme', workspace_ids: ['platform'] };

  it('never see, hash or remove each other’s paths', async () => {
    await paths.put(TENANT, [aPath('ours')]);
    await paths.put('acme', [aPath('theirs', { tenant_id: 'acme' })]);
    expect((await paths.list(acme, {}, 10)).map(({ _id }) => _id)).toEqual(['theirs']);
    expect(await paths.get(acme, 'ours')).toBeUndefined();
    expect([...(await paths.hashes('acme')).keys()]).toEqual(['theirs']);
    await paths.remove('acme', ['ours']);
    expect(await paths.get(ALL, 'ours')).toBeDefined();
  });
});
