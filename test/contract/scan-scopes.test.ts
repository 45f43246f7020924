import { beforeEach, describe, expect, it } from 'vitest';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import { later } from '../../src/kernel/time.ts';
import { type ScanScopeStore, scanScopeStore } from '../../src/store/scan-scopes.ts';
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
    if (claimed) await scopes.settleDue(claimed, taken);
    expect(await scopes.get(TENANCY, 'scope-1')).toEqual(aDueScope({ next_run_at: at(3_690) }));
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
    if (claimed) await scopes.settleDue(claimed, START);
    expect(await scopes.claimDue(later(START, 1e9))).toBeUndefined();
    expect(await scopes.get(TENANCY, 'scope-1')).not.toHaveProperty('next_run_at');
  });
});
