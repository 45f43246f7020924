import {
  DescribeOrganizationCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { accounts } from '../../../../src/connectors/aws/organizations/accounts.ts';
import { awsError, look } from '../look.ts';

const BASE = 'arn:aws:organizations::999999999999';
const ORGANIZATION = `${BASE}:organization/o-1`;
const unit = (id: string) => ({ Id: id, Arn: `${BASE}:ou/o-1/${id}`, Name: `unit ${id}` });
const account = (Id: string, overrides = {}) => ({
  Id,
  Arn: `${BASE}:account/o-1/${Id}`,
  Name: `account ${Id}`,
  Email: 'owner@example.com',
  State: 'ACTIVE' as const,
  JoinedTimestamp: new Date('2026-01-01T00:00:00Z'),
  ...overrides,
});

const organizations = mockClient(OrganizationsClient);
const units = (ParentId: string, ...list: ReturnType<typeof unit>[]) =>
  organizations.on(ListOrganizationalUnitsForParentCommand, { ParentId }).resolves({ OrganizationalUnits: list });
const accountsOf = (ParentId: string, ...list: ReturnType<typeof account>[]) =>
  organizations.on(ListAccountsForParentCommand, { ParentId }).resolves({ Accounts: list });

beforeEach(() => {
  organizations.reset();
  organizations.on(DescribeOrganizationCommand).resolves({
    Organization: { Id: 'o-1', Arn: ORGANIZATION, MasterAccountId: '999999999999', FeatureSet: 'ALL' },
  });
  organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1' }] });
  units('r-1', unit('ou-a'));
  accountsOf('r-1', account('999999999999'));
  units('ou-a', unit('ou-b'));
  accountsOf('ou-a', account('111111111111'));
  units('ou-b');
  accountsOf('ou-b', account('222222222222', { State: 'SUSPENDED' }));
});

describe('an organization', () => {
  it('is read top-down: every account belongs to its unit, every unit to the one above', async () => {
    const { edges, row } = await look(accounts);
    expect(edges.map(({ from, to }) => [from.source_record_id, to.entity_type, to.source_record_id]).sort()).toEqual(
      [
        ['arn:aws:iam::999999999999:root', 'aws_organization', ORGANIZATION],
        ['arn:aws:iam::111111111111:root', 'aws_ou', unit('ou-a').Arn],
        ['arn:aws:iam::222222222222:root', 'aws_ou', unit('ou-b').Arn],
        [unit('ou-a').Arn, 'aws_organization', ORGANIZATION],
        [unit('ou-b').Arn, 'aws_ou', unit('ou-a').Arn],
      ].sort(),
    );
    expect(row.status).toBe('complete');
  });

  it.each([
    [
      'those that are enabled or on their way out',
      ['ENABLED', 'PENDING_DISABLE'],
      ['RESOURCE_CONTROL_POLICY', 'SERVICE_CONTROL_POLICY'],
    ],
    ['none that is only on its way in', ['PENDING_ENABLE', 'PENDING_ENABLE'], []],
  ] as const)('knows its types of policy: %s', async (_, [rcp, scp], expected) => {
    const PolicyTypes = [
      { Type: 'SERVICE_CONTROL_POLICY' as const, Status: scp },
      { Type: 'RESOURCE_CONTROL_POLICY' as const, Status: rcp },
    ];
    organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1', PolicyTypes }] });
    const { nodes } = await look(accounts);
    expect(nodes.find(({ entity_type }) => entity_type === 'aws_organization')?.properties.policy_types).toEqual(
      expected,
    );
  });

  it('says nothing of its types of policy where its root does not', async () => {
    const { nodes } = await look(accounts);
    const organization = nodes.find(({ entity_type }) => entity_type === 'aws_organization');
    expect(organization?.properties).not.toHaveProperty('policy_types');
  });

  it('an account is named as everybody names it, without the address of its owner', async () => {
    const { nodes, observations } = await look(accounts);
    const found = nodes.find(({ properties }) => properties.account_id === '111111111111');
    expect(found).toMatchObject({
      entity_type: 'aws_account',
      source_system_id: 'aws:111111111111',
      source_record_id: 'arn:aws:iam::111111111111:root',
      display_name: 'account 111111111111',
      properties: {
        account_id: '111111111111',
        name: 'account 111111111111',
        status: 'ACTIVE',
        joined_at: '2026-01-01T00:00:00.000Z',
        arn: `${BASE}:account/o-1/111111111111`,
      },
    });
    expect(JSON.stringify(observations)).not.toContain('owner@example.com');
  });

  it('a suspended account is kept, and marked', async () => {
    const { nodes } = await look(accounts);
    expect(nodes.find(({ display_name }) => display_name === 'account 222222222222')?.properties).toMatchObject({
      status: 'SUSPENDED',
    });
  });

  it('an older answer says Status where a newer one says State', async () => {
    accountsOf('ou-b', account('222222222222', { State: undefined, Status: 'ACTIVE' }));
    const { nodes } = await look(accounts);
    expect(nodes.find(({ display_name }) => display_name === 'account 222222222222')?.properties.status).toBe('ACTIVE');
  });

  it('every checkpoint leads to the rest: together with what came before it, the whole', async () => {
    const whole = await look(accounts);
    for (const [index, cursor] of whole.cursors.entries()) {
      const at = whole.observations.findIndex((seen) => seen.kind === 'checkpoint' && seen.cursor === cursor);
      const rest = await look(accounts, cursor);
      const ids = new Set(
        [...whole.observations.slice(0, at), ...rest.observations].flatMap((seen) =>
          seen.kind === 'node' ? [seen.source_record_id] : [],
        ),
      );
      expect(ids.size, `checkpoint ${index}`).toBe(whole.nodes.length);
    }
    expect(whole.cursors.length).toBeGreaterThan(2);
  });

  it('a cursor that is none begins again', async () => {
    expect((await look(accounts, 'oops')).nodes).toHaveLength((await look(accounts)).nodes.length);
  });

  it('pages of one parent are followed', async () => {
    organizations
      .on(ListAccountsForParentCommand, { ParentId: 'ou-a' })
      .resolves({ Accounts: [account('111111111111')], NextToken: 'n' });
    organizations
      .on(ListAccountsForParentCommand, { ParentId: 'ou-a', NextToken: 'n' })
      .resolves({ Accounts: [account('333333333333')] });
    expect((await look(accounts)).nodes.map(({ display_name }) => display_name)).toContain('account 333333333333');
  });

  it.each([
    ['AccessDeniedException', 'organizations:DescribeOrganization'],
    ['AWSOrganizationsNotInUseException', 'organizations:DescribeOrganization'],
  ])('%s is organization_access_denied, which has its own remedy', async (name, action) => {
    organizations.on(DescribeOrganizationCommand).rejects(awsError(name));
    const { gaps, row } = await look(accounts);
    expect(gaps).toEqual([expect.objectContaining({ code: 'organization_access_denied', action })]);
    expect(row).toMatchObject({ status: 'denied', code: 'organization_access_denied' });
  });
});
