import { beforeEach, describe, expect, it } from 'vitest';
import { type ScanScope, settled } from '../../src/control/scan-scope.ts';
import { later } from '../../src/kernel/time.ts';
import { type ScanScopeStore, type ScopeFilter, scanScopeStore } from '../../src/store/scan-scopes.ts';
import { aScope, at, START, TENANCY, TENANT, WORKSPACE } from '../control/builders.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let scopes: ScanScopeStore;
beforeEach(() => {
  scopes = scanScopeStore(db());
});

const HOURLY = { every_minutes: 60 };
const aDueScope = (given: Partial<ScanScope> = {}) => aScope({ schedule: HOURLY, next_run_at: at(0), ...given });
const add = async (...given: readonly ScanScope[]) => {
  for (const scope of given) await scopes.create(scope, []);
};

describe('a scope', () => {
  it('comes back as it was made, to its tenant and workspace only', async () => {
    await add(aDueScope());
    expect(await scopes.get(TENANCY, 'scope-1')).toEqual(aDueScope());
    expect(await scopes.get({ ...TENANCY, tenant_id: 'acme' }, 'scope-1')).toBeUndefined();
    expect(await scopes.get({ ...TENANCY, workspace_id: 'payments' }, 'scope-1')).toBeUndefined();
    expect(await scopes.get({ tenant_id: TENANT, workspace_ids: [] }, 'scope-1')).toBeUndefined();
  });

  it('is listed in the order of ids, page by page', async () => {
    await add(
      aScope({ _id: 'c' }),
      aScope({ _id: 'a' }),
      aScope({ _id: 'b' }),
      aScope({ _id: 'x', tenant_id: 'acme' }),
    );
    const caller = { tenant_id: TENANT, workspace_ids: [WORKSPACE] };
    const first = await scopes.list(caller, 2);
    expect([...first, ...(await scopes.list(caller, 2, first.at(-1)?._id))].map(({ _id }) => _id)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('is found by its instance while it is enabled', async () => {
    await add(
      aScope({ _id: 'a' }),
      aScope({ _id: 'b', enabled: false }),
      aScope({ _id: 'c', instance_id: 'instance-2' }),
      aScope({ _id: 'd', tenant_id: 'acme' }),
      aScope({ _id: 'e', workspace_id: 'payments' }),
    );
    expect(await scopes.enabledOf(TENANCY, 'instance-1')).toEqual([aScope({ _id: 'a' })]);
  });
});

describe('claiming what is due', () => {
  it('gives one scope, due again in two minutes until it is settled, and then a period after it was given', async () => {
    await add(aDueScope());
    const taken = later(START, 90_000);
    const claimed = await scopes.claimDue(taken);
    expect(claimed).toEqual(aDueScope({ next_run_at: at(210) }));
    expect(await scopes.get(TENANCY, 'scope-1')).toEqual(claimed);
    if (claimed) await scopes.settleDue(claimed, settled(claimed, taken));
    expect(await scopes.get(TENANCY, 'scope-1')).toEqual(
      aDueScope({ next_run_at: at(3_690), period_began_at: at(90) }),
    );
    expect(await scopes.claimDue(later(START, 3_689_999))).toBeUndefined();
    expect(await scopes.claimDue(later(START, 3_690_000))).toMatchObject({ _id: 'scope-1' });
  });

  it('gives a scope to one of ten who ask at once', async () => {
    await add(aDueScope());
    const claimed = await atOnce(10, () => scopes.claimDue(START));
    expect(claimed.filter((scope) => scope !== undefined)).toHaveLength(1);
  });

  it('gives each of many scopes once to many who ask', async () => {
    await add(...Array.from({ length: 8 }, (_, index) => aDueScope({ _id: `scope-${index}` })));
    const claimed = await atOnce(12, () => scopes.claimDue(START));
    const ids = claimed.flatMap((scope) => (scope ? [scope._id] : []));
    expect(ids.toSorted()).toEqual(Array.from({ length: 8 }, (_, index) => `scope-${index}`));
  });

  it('begins with what has been due longest, of whatever tenant', async () => {
    await add(
      aDueScope({ _id: 'a', next_run_at: at(-1) }),
      aDueScope({ _id: 'b', next_run_at: at(-9), tenant_id: 'acme' }),
    );
    expect([await scopes.claimDue(START), await scopes.claimDue(START)].map((scope) => scope?._id)).toEqual(['b', 'a']);
  });

  it('gives nothing that is disabled, has no schedule, or comes later', async () => {
    await add(
      aDueScope({ _id: 'off', enabled: false }),
      aScope({ _id: 'never' }),
      aDueScope({ _id: 'soon', next_run_at: at(1) }),
    );
    expect(await scopes.claimDue(START)).toBeUndefined();
  });

  it('gives a scope whose schedule was taken away once more, and then never', async () => {
    const { schedule: _, ...once } = aDueScope();
    await add(once);
    const claimed = await scopes.claimDue(START);
    expect(claimed).toMatchObject({ _id: 'scope-1' });
    if (claimed) await scopes.settleDue(claimed, settled(claimed, START));
    expect(await scopes.claimDue(later(START, 1e9))).toBeUndefined();
    expect(await scopes.get(TENANCY, 'scope-1')).not.toHaveProperty('next_run_at');
  });
});

describe('settling what was due', () => {
  it('says why nothing was started', async () => {
    await add(aDueScope());
    const claimed = await scopes.claimDue(START);
    const skipped = { at: at(0), reason: 'still_running', run_id: 'run-1' } as const;
    if (claimed) await scopes.settleDue(claimed, settled(claimed, START, skipped));
    expect(await scopes.get(TENANCY, 'scope-1')).toMatchObject({ last_skipped: skipped, next_run_at: at(3_600) });
  });

  it('does not undo a schedule that somebody has changed meanwhile', async () => {
    await add(aDueScope());
    const claimed = await scopes.claimDue(START);
    if (!claimed) throw new Error('nothing was due');
    const nightly = { cron: '0 3 * * *', timezone: 'UTC' };
    const next_run_at = '2026-11-22T03:00:00.000Z';
    await scopes.change(claimed, { ...claimed, schedule: nightly, next_run_at, version: 2 }, []);
    await scopes.settleDue(claimed, settled(claimed, START));
    expect(await scopes.get(TENANCY, 'scope-1')).toMatchObject({ schedule: nightly, next_run_at });
  });

  it('is not undone by somebody who changes something else', async () => {
    await add(aDueScope());
    const before = aDueScope();
    const claimed = await scopes.claimDue(START);
    if (claimed) await scopes.settleDue(claimed, settled(claimed, START));
    await scopes.change(before, { ...before, service_categories: ['aws_s3'], version: 2 }, []);
    expect(await scopes.get(TENANCY, 'scope-1')).toMatchObject({
      service_categories: ['aws_s3'],
      next_run_at: at(3_600),
    });
  });

  it('goes by a clock on a wall', async () => {
    await add(aDueScope({ schedule: { cron: '30 2 * * *', timezone: 'Europe/Berlin' } }));
    const claimed = await scopes.claimDue(START);
    if (claimed) await scopes.settleDue(claimed, settled(claimed, START));
    expect((await scopes.get(TENANCY, 'scope-1'))?.next_run_at).toBe('2026-11-22T01:30:00.000Z');
  });
});

describe('a deleted scope', () => {
  const caller = { tenant_id: TENANT, workspace_ids: [WORKSPACE] };
  const gone = (given: Partial<ScanScope> = {}) =>
    aScope({ enabled: false, deleted_at: at(0), ending_since: at(0), ...given });

  it('is in no list, and lists are narrowed by instance and whether it is enabled', async () => {
    await add(
      aScope({ _id: 'a' }),
      aScope({ _id: 'b', enabled: false }),
      aScope({ _id: 'c', instance_id: 'instance-2' }),
      gone({ _id: 'd' }),
    );
    const ids = async (filter: ScopeFilter) => (await scopes.list(caller, 10, undefined, filter)).map(({ _id }) => _id);
    expect(await ids({})).toEqual(['a', 'b', 'c']);
    expect(await ids({ enabled: false })).toEqual(['b']);
    expect(await ids({ instance_id: 'instance-2' })).toEqual(['c']);
    expect((await scopes.ofInstance(TENANCY, 'instance-1')).map(({ _id }) => _id)).toEqual(['a', 'b']);
    expect(await scopes.get(TENANCY, 'd')).toEqual(gone({ _id: 'd' }));
  });

  it('is found as long as its end has work left', async () => {
    await add(gone({ _id: 'late', ending_since: at(9) }), gone({ _id: 'early', tenant_id: 'acme' }), aScope());
    expect((await scopes.ending(10)).map(({ _id }) => _id)).toEqual(['early', 'late']);
    await scopes.settleEnd(gone({ _id: 'early', tenant_id: 'acme' }));
    expect((await scopes.ending(10)).map(({ _id }) => _id)).toEqual(['late']);
  });
});
