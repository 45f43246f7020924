import { describe, expect, it } from 'vitest';
import { inventoryStores } from '../../src/store/inventory.ts';
import { enabledRegions, knownAccounts } from '../../src/store/known-accounts.ts';
import { stitchInput } from '../../src/store/stitch-input.ts';
import { aNode, anAccountRef, anEdge, aPolicyDocument, aRoleRef, TENANT } from '../inventory/builders.ts';
import { scanOf } from '../inventory/scan.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const DISCOVERY = { cell: 'aws_organizations:100000000000' };
const [ONE, TWO, THREE] = ['111111111111', '222222222222', '333333333333'] as const;
const anAccount = (account_id: string, status = 'ACTIVE') =>
  aNode(anAccountRef(account_id), { properties: { account_id, status, name: 'x' } });
const known = async (instance_id = 'aws-1', tenant_id = TENANT) =>
  (await knownAccounts(db(), { tenant_id, workspace_id: 'platform' }, instance_id)).toSorted((a, b) =>
    a.account_id < b.account_id ? -1 : 1,
  );

describe('the accounts that are known', () => {
  it('are those that the discovery of the instance saw last, whatever their status', async () => {
    const stores = inventoryStores(db());
    await scanOf(stores, 1, [anAccount(ONE), anAccount(TWO), anAccount(THREE)], DISCOVERY);
    await scanOf(stores, 2, [anAccount(ONE), anAccount(TWO, 'SUSPENDED')], DISCOVERY);
    expect(await known()).toEqual([
      { account_id: ONE, status: 'ACTIVE' },
      { account_id: TWO, status: 'SUSPENDED' },
    ]);
  });

  it('are not those of another instance or tenant, nor those that a trust only names', async () => {
    const stores = inventoryStores(db());
    await scanOf(stores, 1, [anAccount(ONE)], DISCOVERY);
    await scanOf(stores, 1, [anAccount(TWO)], { ...DISCOVERY, instance_id: 'aws-2' });
    await scanOf(stores, 1, [anAccount(THREE)], { ...DISCOVERY, tenant_id: 'acme', run_id: 'run-acme' });
    await scanOf(stores, 1, [anEdge(anAccountRef('444444444444'), aRoleRef('reader'))]);
    expect((await known()).map(({ account_id }) => account_id)).toEqual([ONE]);
    expect((await known('aws-2')).map(({ account_id }) => account_id)).toEqual([TWO]);
    expect((await known('aws-1', 'acme')).map(({ account_id }) => account_id)).toEqual([THREE]);
    expect(await known('aws-9')).toEqual([]);
  });
});

describe('the regions of accounts', () => {
  const REGIONS = { cell: `aws_regions:${ONE}` };
  const withRegions = (account_id: string, enabled_regions: readonly string[]) =>
    aNode(anAccountRef(account_id), { properties: { account_id, enabled_regions } });
  const regions = async (instance_id = 'aws-1', tenant_id = TENANT) =>
    Object.fromEntries(await enabledRegions(db(), { tenant_id, workspace_id: 'platform' }, instance_id));

  it('are those that accounts of the instance told last; an account that never told has no entry', async () => {
    const stores = inventoryStores(db());
    await scanOf(stores, 1, [anAccount(ONE), anAccount(TWO)], DISCOVERY);
    await scanOf(stores, 1, [withRegions(ONE, ['eu-west-1', 'us-east-1'])], REGIONS);
    await scanOf(stores, 2, [withRegions(ONE, ['us-east-1'])], REGIONS);
    expect(await regions()).toEqual({ [ONE]: ['us-east-1'] });
    expect(await known()).toEqual([
      { account_id: ONE, status: 'ACTIVE' },
      { account_id: TWO, status: 'ACTIVE' },
    ]);
  });

  it('of an account that no discovery lists make it no account of the instance', async () => {
    const stores = inventoryStores(db());
    await scanOf(stores, 1, [withRegions(ONE, ['us-east-1'])], REGIONS);
    expect(await known()).toEqual([]);
    expect(await regions()).toEqual({ [ONE]: ['us-east-1'] });
  });

  it('are not those of another instance or tenant', async () => {
    const stores = inventoryStores(db());
    await scanOf(stores, 1, [withRegions(ONE, ['us-east-1'])], { ...REGIONS, instance_id: 'aws-2' });
    await scanOf(stores, 1, [withRegions(TWO, ['us-east-1'])], { ...REGIONS, tenant_id: 'acme', run_id: 'run-acme' });
    expect(await regions()).toEqual({});
    expect(await regions('aws-2')).toEqual({ [ONE]: ['us-east-1'] });
  });
});

describe('what a stitch is made from', () => {
  it('is every live document of the tenant, once, and nothing of another', async () => {
    const stores = inventoryStores(db());
    const document = { Version: '2012-10-17', Statement: [] };
    const role = aRoleRef('reader');
    await scanOf(stores, 1, [
      aNode(role),
      aNode(aRoleRef('gone')),
      anEdge(anAccountRef(TWO), role),
      aPolicyDocument(document),
    ]);
    await scanOf(stores, 2, [aNode(role), anEdge(anAccountRef(TWO), role)]);
    await scanOf(stores, 1, [aNode(aRoleRef('theirs'))], { tenant_id: 'acme', run_id: 'run-acme' });
    const kinds: Record<string, string[]> = { entity: [], edge: [], policy_document: [] };
    for await (const input of stitchInput(db(), TENANT)) {
      if (input.kind === 'entity') kinds.entity?.push(input.entity.display_name);
      else if (input.kind === 'edge') kinds.edge?.push(input.edge.edge_type);
      else if (input.kind === 'policy_document')
        kinds.policy_document?.push(JSON.stringify(input.policy_document.document));
    }
    expect(kinds).toEqual({
      entity: expect.arrayContaining(['reader', anAccountRef(TWO).source_record_id]),
      edge: ['TRUSTS'],
      policy_document: [JSON.stringify(document)],
    });
    expect(kinds.entity).toHaveLength(2);
  });
});
