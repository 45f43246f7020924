import { describe, expect, it } from 'vitest';
import { bindAccounts } from '../../src/store/account-owners.ts';
import { ONE, THREE, TWO } from '../control/builders.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const ownerOf = async (id: string) =>
  (await db().collection<{ _id: string; tenant_id: string }>('account_owners').findOne({ _id: id }))?.tenant_id;

describe('an account', () => {
  it('belongs to the tenant that named it first, for good', async () => {
    expect(await bindAccounts(db(), 'nimbus', [ONE, TWO])).toEqual([]);
    expect(await bindAccounts(db(), 'nimbus', [TWO, THREE])).toEqual([]);
    expect(await bindAccounts(db(), 'acme', [ONE])).toEqual([ONE]);
    expect(await ownerOf(ONE)).toBe('nimbus');
  });

  it('that is free is bound though others of the list are not', async () => {
    await bindAccounts(db(), 'nimbus', [ONE]);
    expect(await bindAccounts(db(), 'acme', [ONE, TWO])).toEqual([ONE]);
    expect(await ownerOf(TWO)).toBe('acme');
  });

  it('that is free stays free where all or none were asked for', async () => {
    await bindAccounts(db(), 'nimbus', [ONE]);
    expect(await bindAccounts(db(), 'acme', [ONE, TWO], { all_or_none: true })).toEqual([ONE]);
    expect(await ownerOf(TWO)).toBeUndefined();
    expect(await bindAccounts(db(), 'acme', [TWO], { all_or_none: true })).toEqual([]);
    expect(await ownerOf(TWO)).toBe('acme');
  });

  it('may be named twice, and no accounts at all may be', async () => {
    expect(await bindAccounts(db(), 'nimbus', [ONE, ONE])).toEqual([]);
    expect(await bindAccounts(db(), 'nimbus', [])).toEqual([]);
    expect(await ownerOf(ONE)).toBe('nimbus');
  });

  it('goes to one of two tenants that name it at once, and the other is told', async () => {
    for (let round = 0; round < 10; round += 1) {
      const ids = Array.from({ length: 20 }, (_, index) => String(round * 100 + index).padStart(12, '0'));
      const [nimbus, acme] = await Promise.all([
        bindAccounts(db(), 'nimbus', ids),
        bindAccounts(db(), 'acme', ids.toReversed()),
      ]);
      const owners = await Promise.all(ids.map(ownerOf));
      expect(nimbus.toSorted()).toEqual(ids.filter((_, index) => owners[index] === 'acme'));
      expect(acme.toSorted()).toEqual(ids.filter((_, index) => owners[index] === 'nimbus'));
    }
  });

  it('goes to a tenant that names it from ten places at once', async () => {
    const refused = await atOnce(10, () => bindAccounts(db(), 'nimbus', [ONE, TWO, THREE]));
    expect(refused.flat()).toEqual([]);
  });
});
