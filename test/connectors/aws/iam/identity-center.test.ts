import {
  IdentitystoreClient,
  ListGroupMembershipsCommand,
  ListGroupsCommand,
  ListUsersCommand,
} from '@aws-sdk/client-identitystore';
import {
  DescribePermissionSetCommand,
  GetInlinePolicyForPermissionSetCommand,
  GetPermissionsBoundaryForPermissionSetCommand,
  ListAccountAssignmentsCommand,
  ListAccountsForProvisionedPermissionSetCommand,
  ListCustomerManagedPolicyReferencesInPermissionSetCommand,
  ListInstancesCommand,
  ListManagedPoliciesInPermissionSetCommand,
  ListPermissionSetsCommand,
  ListTagsForResourceCommand,
  SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { identityStores } from '../../../../src/connectors/aws/iam/identity-store.ts';
import { permissionSets } from '../../../../src/connectors/aws/iam/permission-sets.ts';
import type { AwsCollector } from '../../../../src/connectors/aws/session.ts';
import { ACCOUNT, awsError, look } from '../look.ts';

const sso = mockClient(SSOAdminClient);
const store = mockClient(IdentitystoreClient);

const OWNER = '999999999999';
const WORKLOADS = '222222222222';
const INSTANCE = 'arn:aws:sso:::instance/ssoins-1234567890abcdef';
const STORE = 'd-1234567890';
const ADMIN = 'arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-aaaaaaaaaaaaaaaa';
const READER = 'arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-bbbbbbbbbbbbbbbb';
const ANN = '1234567890-11111111-1111-1111-1111-111111111111';
const TEAM = '1234567890-99999999-9999-9999-9999-999999999999';
const ENTRA_OBJECT = '6a1b2c3d-0000-4000-8000-000000000001';
const MANAGED = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** Where the hub's configuration says that it is: in a region that is not the hub's. */
const PLACE = { account_id: ACCOUNT, region: 'us-west-2' };
const lookHere = (collector: AwsCollector, cursor?: string) => look(collector, cursor, { identity_center: PLACE });

/** What AWS answers where one of two permission sets has everything and the other has nothing. */
beforeEach(() => {
  sso.reset();
  store.reset();
  sso.on(ListInstancesCommand).resolves({
    Instances: [
      {
        InstanceArn: INSTANCE,
        IdentityStoreId: STORE,
        OwnerAccountId: OWNER,
        Status: 'ACTIVE',
        CreatedDate: new Date('2024-01-02T03:04:05Z'),
      },
    ],
  });
  sso.on(ListPermissionSetsCommand).resolves({ PermissionSets: [ADMIN, READER] });
  sso.on(DescribePermissionSetCommand).callsFake(({ PermissionSetArn }: { PermissionSetArn: string }) => ({
    PermissionSet: {
      Name: PermissionSetArn === ADMIN ? 'Admin' : 'Reader',
      PermissionSetArn,
      CreatedDate: new Date('2024-02-03T04:05:06Z'),
      SessionDuration: 'PT1H',
      RelayState: 'https://console.aws.amazon.com/',
    },
  }));
  sso.on(ListManagedPoliciesInPermissionSetCommand).resolves({ AttachedManagedPolicies: [] });
  sso
    .on(ListManagedPoliciesInPermissionSetCommand, { PermissionSetArn: ADMIN })
    .resolves({ AttachedManagedPolicies: [{ Name: 'AdministratorAccess', Arn: MANAGED }] });
  sso.on(ListCustomerManagedPolicyReferencesInPermissionSetCommand).resolves({ CustomerManagedPolicyReferences: [] });
  sso.on(ListCustomerManagedPolicyReferencesInPermissionSetCommand, { PermissionSetArn: ADMIN }).resolves({
    CustomerManagedPolicyReferences: [{ Name: 'deploy', Path: '/ci/' }, { Name: 'audit' }],
  });
  sso.on(GetInlinePolicyForPermissionSetCommand).resolves({ InlinePolicy: '' });
  sso.on(GetInlinePolicyForPermissionSetCommand, { PermissionSetArn: ADMIN }).resolves({
    InlinePolicy: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}',
  });
  sso.on(GetPermissionsBoundaryForPermissionSetCommand).rejects(awsError('ResourceNotFoundException', 'none', 400));
  sso
    .on(GetPermissionsBoundaryForPermissionSetCommand, { PermissionSetArn: ADMIN })
    .resolves({ PermissionsBoundary: { CustomerManagedPolicyReference: { Name: 'edge', Path: '/' } } });
  sso.on(ListTagsForResourceCommand).resolves({ Tags: [{ Key: 'team', Value: 'platform' }] });
  sso.on(ListAccountsForProvisionedPermissionSetCommand).resolves({ AccountIds: [] });
  sso
    .on(ListAccountsForProvisionedPermissionSetCommand, { PermissionSetArn: ADMIN })
    .resolves({ AccountIds: [WORKLOADS, ACCOUNT] });
  sso
    .on(ListAccountAssignmentsCommand)
    .callsFake(({ PermissionSetArn, AccountId }: { PermissionSetArn: string; AccountId: string }) => ({
      AccountAssignments: [
        { AccountId, PermissionSetArn, PrincipalType: 'GROUP', PrincipalId: TEAM },
        ...(AccountId === WORKLOADS ? [{ AccountId, PermissionSetArn, PrincipalType: 'USER', PrincipalId: ANN }] : []),
      ],
    }));
  store.on(ListUsersCommand).resolves({
    Users: [
      {
        IdentityStoreId: STORE,
        UserId: ANN,
        UserName: 'ann@example.com',
        DisplayName: 'Ann Example',
        Emails: [
          { Value: 'ann@home.example', Type: 'home' },
          { Value: 'Ann@Example.com', Type: 'work', Primary: true },
        ],
        ExternalIds: [{ Issuer: 'https://scim.us-west-2.amazonaws.com/x/scim/v2', Id: ENTRA_OBJECT }],
        PhoneNumbers: [{ Value: '+1 555 0100' }],
        Addresses: [{ Locality: 'Springfield' }],
        UserStatus: 'ENABLED',
      },
    ],
  });
  store.on(ListGroupsCommand).resolves({
    Groups: [
      {
        IdentityStoreId: STORE,
        GroupId: TEAM,
        DisplayName: 'Platform team',
        ExternalIds: [{ Issuer: 'https://scim.us-west-2.amazonaws.com/x/scim/v2', Id: 'group-object' }],
      },
    ],
  });
  store.on(ListGroupMembershipsCommand).resolves({
    GroupMemberships: [{ IdentityStoreId: STORE, MembershipId: 'm1', GroupId: TEAM, MemberId: { UserId: ANN } }],
  });
});

describe.each([permissionSets, identityStores])('$id', (collector) => {
  it('is skipped, and asks nothing, where nobody said where Identity Center is', async () => {
    const { observations, row } = await look(collector);
    expect(observations).toEqual([]);
    expect(row).toMatchObject({ status: 'skipped', reason: expect.stringContaining('configuration') });
    expect(sso.calls()).toEqual([]);
  });

  it('is skipped in every account but the one that is configured: there it answers empty, which is not knowledge', async () => {
    const { row } = await look(collector, undefined, { identity_center: { ...PLACE, account_id: OWNER } });
    expect(row).toMatchObject({ status: 'skipped', reason: `IAM Identity Center is asked from account ${OWNER} only` });
    expect(sso.calls()).toEqual([]);
  });

  it('asks in the region that is configured', async () => {
    await lookHere(collector);
    for (const call of sso.calls()) expect(await call.thisValue.config.region()).toBe('us-west-2');
  });

  it('no instance where one is configured is a gap, and removes nothing', async () => {
    sso.on(ListInstancesCommand).resolves({ Instances: [] });
    const { gaps, row } = await lookHere(collector);
    expect(gaps).toEqual([
      expect.objectContaining({ action: 'sso:ListInstances', item: `IAM Identity Center in ${ACCOUNT} us-west-2` }),
    ]);
    expect(row.status).toBe('failed');
  });

  it('a refusal is a gap', async () => {
    sso.on(ListInstancesCommand).rejects(awsError('AccessDeniedException', 'not authorized', 400));
    const { gaps, row } = await lookHere(collector);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'sso:ListInstances' })]);
    expect(row.status).toBe('denied');
  });

  it.each([{}, { Instances: [{ InstanceArn: INSTANCE }] }])('a malformed answer is a gap: %j', async (answer) => {
    sso.on(ListInstancesCommand).resolves(answer);
    expect((await lookHere(collector)).row.status).toBe('failed');
  });

  it('goes on from each of its cursors, and leaves nothing out', async () => {
    const whole = await lookHere(collector);
    const named = (seen: typeof whole) => seen.nodes.map(({ source_record_id }) => source_record_id);
    expect(whole.cursors.length).toBeGreaterThan(1);
    for (const cursor of whole.cursors) {
      const before = whole.observations.slice(
        0,
        whole.observations.findIndex((seen) => seen.kind === 'checkpoint' && seen.cursor === cursor),
      );
      const rest = await lookHere(collector, cursor);
      const sought = before.filter((seen) => seen.kind === 'node').map(({ source_record_id }) => source_record_id);
      expect([...sought, ...named(rest)]).toEqual(named(whole));
    }
  });
});

describe('instances and permission sets', () => {
  it('the instance belongs to the management account, whoever administers it', async () => {
    const { nodes, edges } = await lookHere(permissionSets);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_identity_center_instance',
      source_system_id: 'aws:aws',
      source_record_id: INSTANCE,
      properties: { owner_account_id: OWNER, identity_store_id: STORE, region: 'us-west-2', name: null },
    });
    expect(edges[0]).toMatchObject({
      edge_type: 'BELONGS_TO',
      to: { entity_type: 'external_aws_account', source_record_id: `arn:aws:iam::${OWNER}:root` },
    });
  });

  it('a set has its policies: managed ones by edge, customer ones by name, the inline one by hash, and a boundary', async () => {
    const { nodes, edges, observations, row } = await lookHere(permissionSets);
    const [document] = observations.filter((seen) => seen.kind === 'policy_document');
    expect(nodes.find(({ source_record_id }) => source_record_id === ADMIN)).toMatchObject({
      entity_type: 'aws_identity_center_permission_set',
      display_name: 'Admin',
      properties: {
        arn: ADMIN,
        instance_arn: INSTANCE,
        name: 'Admin',
        created_at: '2024-02-03T04:05:06.000Z',
        session_duration: 'PT1H',
        customer_managed_policies: [
          { name: 'audit', path: '/' },
          { name: 'deploy', path: '/ci/' },
        ],
        inline_policy_hash: document?.hash,
        permissions_boundary: { name: 'edge', path: '/' },
        tags: [{ key: 'team', value: 'platform' }],
      },
    });
    expect(edges).toContainEqual(
      expect.objectContaining({
        edge_type: 'HAS_POLICY',
        from: expect.objectContaining({ source_record_id: ADMIN }),
        to: expect.objectContaining({ entity_type: 'aws_iam_policy', source_record_id: MANAGED }),
      }),
    );
    expect(row.status).toBe('complete');
  });

  it('a set without inline policy and boundary is known to have none', async () => {
    const { nodes } = await lookHere(permissionSets);
    expect(nodes.find(({ source_record_id }) => source_record_id === READER)?.properties).toMatchObject({
      customer_managed_policies: [],
      inline_policy_hash: null,
      permissions_boundary: null,
    });
  });

  it('a boundary of AWS is named by its ARN', async () => {
    sso
      .on(GetPermissionsBoundaryForPermissionSetCommand, { PermissionSetArn: ADMIN })
      .resolves({ PermissionsBoundary: { ManagedPolicyArn: MANAGED } });
    const { nodes } = await lookHere(permissionSets);
    const set = nodes.find(({ source_record_id }) => source_record_id === ADMIN);
    expect(set?.properties.permissions_boundary).toEqual({ arn: MANAGED });
  });

  it('who was given a set is an edge for each account', async () => {
    const { edges } = await lookHere(permissionSets);
    const given = edges.filter(({ to, edge_type }) => edge_type === 'HAS_POLICY' && to.source_record_id === ADMIN);
    expect(
      given
        .map(({ from, stated_by, properties }) => [
          from.entity_type,
          from.source_record_id,
          stated_by.source_field_path,
          properties,
        ])
        .sort(),
    ).toEqual([
      [
        'aws_identity_center_group',
        `arn:aws:identitystore:::group/${TEAM}`,
        `AccountAssignments[${ACCOUNT}].GROUP[${TEAM}]`,
        { account_id: ACCOUNT },
      ],
      [
        'aws_identity_center_group',
        `arn:aws:identitystore:::group/${TEAM}`,
        `AccountAssignments[${WORKLOADS}].GROUP[${TEAM}]`,
        { account_id: WORKLOADS },
      ],
      [
        'human_identity',
        `arn:aws:identitystore:::user/${ANN}`,
        `AccountAssignments[${WORKLOADS}].USER[${ANN}]`,
        { account_id: WORKLOADS },
      ],
    ]);
  });

  it('a refused detail leaves its property out and names the missing action; the sets are there', async () => {
    sso.on(ListTagsForResourceCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await lookHere(permissionSets);
    expect(nodes).toHaveLength(3);
    for (const { properties } of nodes) expect(properties).not.toHaveProperty('tags');
    expect(gaps.map(({ action, item }) => [action, item])).toEqual([
      ['sso:ListTagsForResource', ADMIN],
      ['sso:ListTagsForResource', READER],
    ]);
    expect(row.status).toBe('denied');
  });

  it('a set that was deleted in the meantime is absent', async () => {
    sso
      .on(DescribePermissionSetCommand, { PermissionSetArn: READER })
      .rejects(awsError('ResourceNotFoundException', 'gone'));
    sso
      .on(ListAccountsForProvisionedPermissionSetCommand, { PermissionSetArn: READER })
      .rejects(awsError('ResourceNotFoundException', 'gone'));
    const { nodes, row } = await lookHere(permissionSets);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([INSTANCE, ADMIN]);
    expect(row.status).toBe('complete');
  });

  it('assignments of one account that may not be listed are one gap; those of others go on', async () => {
    sso.on(ListAccountAssignmentsCommand, { AccountId: WORKLOADS }).rejects(awsError('AccessDeniedException'));
    const { edges, gaps } = await lookHere(permissionSets);
    expect(gaps).toEqual([
      expect.objectContaining({ action: 'sso:ListAccountAssignments', item: `${INSTANCE} ${ADMIN} ${WORKLOADS}` }),
    ]);
    expect(edges.filter(({ properties }) => properties.account_id === ACCOUNT)).toHaveLength(1);
  });

  it('an assignment to something that nobody knows is one gap', async () => {
    sso.on(ListAccountAssignmentsCommand, { AccountId: WORKLOADS }).resolves({
      AccountAssignments: [
        { PrincipalId: 'x', PrincipalType: undefined },
        { PrincipalId: ANN, PrincipalType: 'USER' },
      ],
    });
    const { edges, gaps } = await lookHere(permissionSets);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item' })]);
    expect(edges.filter(({ properties }) => properties.account_id === WORKLOADS)).toHaveLength(1);
  });
});

describe('people and groups', () => {
  it('a person is known by the id of the directory that it comes from, and by its address', async () => {
    const { nodes } = await lookHere(identityStores);
    const person = nodes.find(({ entity_type }) => entity_type === 'human_identity');
    expect(person).toMatchObject({
      source_record_id: `arn:aws:identitystore:::user/${ANN}`,
      display_name: 'Ann Example',
      properties: { user_name: 'ann@example.com', email: 'Ann@Example.com', status: 'ENABLED' },
      correlation_keys: [
        { kind: 'scim_external_id', value: ENTRA_OBJECT },
        { kind: 'email', value: 'ann@example.com' },
      ],
    });
  });

  it('neither a telephone number nor where somebody lives is copied', async () => {
    const all = JSON.stringify((await lookHere(identityStores)).observations);
    expect(all).not.toContain('555');
    expect(all).not.toContain('Springfield');
  });

  it('a group has its members', async () => {
    const { nodes, edges, row } = await lookHere(identityStores);
    expect(nodes.find(({ entity_type }) => entity_type === 'aws_identity_center_group')).toMatchObject({
      display_name: 'Platform team',
      correlation_keys: [{ kind: 'scim_external_id', value: 'group-object' }],
    });
    expect(edges.filter(({ edge_type }) => edge_type === 'MEMBER_OF')).toEqual([
      expect.objectContaining({
        from: expect.objectContaining({ source_record_id: `arn:aws:identitystore:::user/${ANN}` }),
        to: expect.objectContaining({ source_record_id: `arn:aws:identitystore:::group/${TEAM}` }),
        stated_by: expect.objectContaining({
          source_record_id: `arn:aws:identitystore:::group/${TEAM}`,
          source_field_path: `GroupMemberships[${ANN}]`,
        }),
      }),
    ]);
    expect(row.status).toBe('complete');
  });

  it('a member that is no user, and an external id without an issuer, are one gap each', async () => {
    store.on(ListGroupMembershipsCommand).resolves({
      GroupMemberships: [{ IdentityStoreId: STORE, MembershipId: 'm2', MemberId: { $unknown: ['GroupId', 'x'] } }],
    });
    store.on(ListUsersCommand).resolves({
      Users: [{ IdentityStoreId: STORE, UserId: ANN, ExternalIds: [{ Issuer: undefined, Id: 'x' }] }],
    });
    const { gaps, nodes } = await lookHere(identityStores);
    expect(gaps.map(({ code, item }) => [code, item])).toEqual([
      ['unreadable_item', ANN],
      ['unreadable_item', 'm2'],
    ]);
    expect(nodes).toHaveLength(1);
  });

  it('groups that may not be listed leave the users', async () => {
    store.on(ListGroupsCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await lookHere(identityStores);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['human_identity']);
    expect(gaps).toEqual([expect.objectContaining({ action: 'identitystore:ListGroups' })]);
  });
});
