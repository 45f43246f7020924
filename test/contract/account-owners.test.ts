import { describe, expect, it } from 'vitest';
import { bindAccounts, releaseAccounts } from '../../src/store/account-owners.ts';
import { ONE, THREE, TWO } from '../control/builders.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const NIMBUS = { tenant_id: 'nimbus', instance_id: 'n-1' };
const NIMBUS_TOO = { tenant_id: 'nimbus', instance_id: 'n-2' };
const ACME = { tenant_id: 'acme', instance_id: 'a-1' };
const db = databaseOfItsOwn();
const ownerOf = async (id: string) =>
  (await db().collection<{ _id: string; tenant_id: string }>('account_owners').findOne({ _id: id }))?.tenant_id;

describe('an account', () => {
  it('belongs to the tenant that named it first, for good', async () => {
    expect(await bindAccounts(db(), NIMBUS, [ONE, TWO])).toEqual([]);
    expect(await bindAccounts(db(), NIMBUS, [TWO, THREE])).toEqual([]);
    expect(await bindAccounts(db(), ACME, [ONE])).toEqual([ONE]);
    expect(await ownerOf(ONE)).toBe('nimbus');
  });

  it('that is free is bound though others of the list are not', async () => {
    await bindAccounts(db(), NIMBUS, [ONE]);
    expect(await bindAccounts(db(), ACME, [ONE, TWO])).toEqual([ONE]);
    expect(await ownerOf(TWO)).toBe('acme');
  });

  it('that is free stays free where all or none were asked for', async () => {
    await bindAccounts(db(), NIMBUS, [ONE]);
    expect(await bindAccounts(db(), ACME, [ONE, TWO], { all_or_none: true })).toEqual([ONE]);
    expect(await ownerOf(TWO)).toBeUndefined();
    expect(await bindAccounts(db(), ACME, [TWO], { all_or_none: true })).toEqual([]);
    expect(await ownerOf(TWO)).toBe('acme');
  });

  it('may be named twice, and no accounts at all may be', async () => {
    expect(await bindAccounts(db(), NIMBUS, [ONE, ONE])).toEqual([]);
    expect(await bindAccounts(db(), NIMBUS, [])).toEqual([]);
    expect(await ownerOf(ONE)).toBe('nimbus');
  });

  it('goes to one of two tenants that name it at once, and the other is told', async () => {
    for (let round = 0; round < 10; round += 1) {
      const ids = Array.from({ length: 20 }, (_, index) => String(round * 100 + index).padStart(12, '0'));
      const [nimbus, acme] = await Promise.all([
        bindAccounts(db(), NIMBUS, ids),
        bindAccounts(db(), ACME, ids.toReversed()),
      ]);
      const owners = await Promise.all(ids.map(ownerOf));
      expect(nimbus.toSorted()).toEqual(ids.filter((_, index) => owners[index] === 'acme'));
      expect(acme.toSorted()).toEqual(ids.filter((_, index) => owners[index] === 'nimbus'));
    }
  });

  it('goes to a tenant that names it from ten places at once', async () => {
    const refused = await atOnce(10, () => bindAccounts(db(), NIMBUS, [ONE, TWO, THREE]));
    expect(refused.flat()).toEqual([]);
  });

  it('is free once the last instance that it is bound through is gone', async () => {
    await bindAccounts(db(), NIMBUS, [ONE, TWO]);
    await bindAccounts(db(), NIMBUS_TOO, [TWO]);
    await releaseAccounts(db(), NIMBUS);
    expect(await bindAccounts(db(), ACME, [ONE, TWO])).toEqual([TWO]);
    await releaseAccounts(db(), NIMBUS_TOO);
    expect(await bindAccounts(db(), ACME, [ONE, TWO])).toEqual([]);
  });

  it('of one tenant is not freed by another, and freeing twice does no harm', async () => {
    await bindAccounts(db(), NIMBUS, [ONE]);
    await releaseAccounts(db(), { ...ACME, instance_id: NIMBUS.instance_id });
    await releaseAccounts(db(), NIMBUS_TOO);
    expect(await ownerOf(ONE)).toBe('nimbus');
    await releaseAccounts(db(), NIMBUS);
    await releaseAccounts(db(), NIMBUS);
    expect(await ownerOf(ONE)).toBeUndefined();
  });

  it('that one instance frees while another binds it stays bound', async () => {
    for (let round = 0; round < 20; round += 1) {
      const id = String(round).padStart(12, '0');
      await bindAccounts(db(), NIMBUS, [id]);
      await Promise.all([releaseAccounts(db(), NIMBUS), bindAccounts(db(), NIMBUS_TOO, [id])]);
      expect(await ownerOf(id)).toBe('nimbus');
      expect(await bindAccounts(db(), ACME, [id])).toEqual([id]);
    }
  });

  it('is bound through each of ten instances that name it at once', async () => {
    const binders = Array.from({ length: 10 }, (_, index) => ({ tenant_id: 'nimbus', instance_id: `n-${index}` }));
    const refused = await Promise.all(binders.map((binder) => bindAccounts(db(), binder, [ONE, TWO])));
    expect(refused.flat()).toEqual([]);
    for (const binder of binders) {
      expect(await ownerOf(ONE)).toBe('nimbus');
      await releaseAccounts(db(), binder);
    }
    expect(await ownerOf(ONE)).toBeUndefined();
  });
});
