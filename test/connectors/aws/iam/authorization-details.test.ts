import {
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsResponse,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { authorizationDetails } from '../../../../src/connectors/aws/iam/authorization-details.ts';
import { ACCOUNT, awsError, look } from '../look.ts';

const iam = mockClient(IAMClient);
beforeEach(() => iam.reset());

const document = (statement: unknown): string => encodeURIComponent(JSON.stringify({ Statement: [statement] }));
const ALLOW_ALL = document({ Effect: 'Allow', Action: '*', Resource: '*' });
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

const aRole = (name: string, overrides: Partial<RoleDetail> = {}): RoleDetail => ({
  Arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
  RoleName: name,
  AssumeRolePolicyDocument: document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: ACCOUNT } }),
  ...overrides,
});

const NOTHING = { RoleDetailList: [], UserDetailList: [], GroupDetailList: [], Policies: [] };
type Filter = 'AWSManagedPolicy' | 'Group' | 'Role';

/** Answers each of the three listings, which are told by the first member of their filter. */
function account(pages: Partial<Record<Filter, GetAccountAuthorizationDetailsResponse[]>>): void {
  iam
    .on(GetAccountAuthorizationDetailsCommand)
    .callsFake(({ Filter, Marker }: { Filter: Filter[]; Marker?: string }) => {
      const listing = pages[Filter[0] ?? 'Role'] ?? [{}];
      const number = Number(Marker ?? 0);
      return { ...NOTHING, ...listing[number], ...(listing[number + 1] ? { Marker: String(number + 1) } : {}) };
    });
}

describe('the authorization details of an account', () => {
  it('come page by page, with a checkpoint after each page that has a next one', async () => {
    account({ Role: [{ RoleDetailList: [aRole('a')] }, { RoleDetailList: [aRole('b')] }] });
    const { observations, cursors, row } = await look(authorizationDetails);
    const order = observations.map((seen) => (seen.kind === 'node' ? seen.display_name : seen.kind));
    expect(order.filter((what) => ['a', 'b', 'checkpoint'].includes(what))).toEqual(['a', 'checkpoint', 'b']);
    expect(cursors).toEqual(['1']);
    expect(row.status).toBe('complete');
  });

  it('go on from the cursor of an earlier part', async () => {
    account({ Role: [{ RoleDetailList: [aRole('a')] }, { RoleDetailList: [aRole('b')] }] });
    const { nodes } = await look(authorizationDetails, '1');
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['b']);
  });

  it('one unreadable role is one gap that names it; its siblings go on', async () => {
    account({
      Role: [{ RoleDetailList: [aRole('a'), aRole('odd', { AssumeRolePolicyDocument: '%7Boops' }), aRole('b')] }],
    });
    const { nodes, gaps, row } = await look(authorizationDetails);
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['a', 'b']);
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'unreadable_item', item: `arn:aws:iam::${ACCOUNT}:role/odd` }),
    ]);
    expect(row).toMatchObject({ status: 'failed', code: 'unreadable_item' });
  });

  it('a refusal becomes a gap, not an empty account', async () => {
    iam.on(GetAccountAuthorizationDetailsCommand).rejects(awsError('AccessDenied', 'not authorized', 403));
    const { observations, row } = await look(authorizationDetails);
    expect(observations).toEqual([
      {
        kind: 'gap',
        code: 'access_denied',
        action: 'iam:GetAccountAuthorizationDetails',
        message: 'AccessDenied: not authorized',
      },
    ]);
    expect(row.status).toBe('denied');
  });

  it('a user is a member of its groups, whose paths only their own records know', async () => {
    const group = { Arn: `arn:aws:iam::${ACCOUNT}:group/eng/devs`, GroupName: 'devs' };
    const user = { Arn: `arn:aws:iam::${ACCOUNT}:user/bob`, UserName: 'bob', GroupList: ['devs'] };
    account({ Group: [{ GroupDetailList: [group] }], Role: [{ UserDetailList: [user] }] });
    const { edges } = await look(authorizationDetails);
    expect(edges.find(({ edge_type }) => edge_type === 'MEMBER_OF')).toMatchObject({
      from: { source_record_id: user.Arn },
      to: { entity_type: 'aws_iam_group', source_record_id: group.Arn },
      stated_by: { source_field_path: 'GroupList[devs]' },
    });
  });

  it('a group that was made in the meantime makes the user unreadable, not groupless', async () => {
    const user = { Arn: `arn:aws:iam::${ACCOUNT}:user/bob`, UserName: 'bob', GroupList: ['new'] };
    account({ Role: [{ UserDetailList: [user] }] });
    const { nodes, gaps } = await look(authorizationDetails);
    expect(nodes).toEqual([]);
    expect(gaps[0]).toMatchObject({ code: 'unreadable_item', item: user.Arn });
  });

  it('a customer managed policy is a node with the hash of its default version', async () => {
    const Arn = `arn:aws:iam::${ACCOUNT}:policy/mine`;
    const PolicyVersionList = [
      { VersionId: 'v1', IsDefaultVersion: false, Document: document({ Effect: 'Deny' }) },
      { VersionId: 'v2', IsDefaultVersion: true, Document: ALLOW_ALL },
    ];
    account({ Role: [{ Policies: [{ Arn, PolicyName: 'mine', DefaultVersionId: 'v2', PolicyVersionList }] }] });
    const { nodes, observations } = await look(authorizationDetails);
    const documents = observations.filter((seen) => seen.kind === 'policy_document');
    expect(documents).toHaveLength(1);
    expect(nodes[0]?.properties).toMatchObject({ default_version: 'v2', policy_hash: documents[0]?.hash });
  });

  const attached = { AttachedManagedPolicies: [{ PolicyArn: READ_ONLY }] };

  it('an AWS managed policy in use is a document and a hash on the edge, never a node', async () => {
    const policy = { Arn: READ_ONLY, PolicyVersionList: [{ IsDefaultVersion: true, Document: ALLOW_ALL }] };
    account({ AWSManagedPolicy: [{ Policies: [policy] }], Role: [{ RoleDetailList: [aRole('a', attached)] }] });
    const { nodes, edges, observations } = await look(authorizationDetails);
    const [policyDocument] = observations.filter((seen) => seen.kind === 'policy_document');
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['a']);
    expect(edges.find(({ edge_type }) => edge_type === 'HAS_POLICY')?.properties).toEqual({
      policy_hash: policyDocument?.hash,
    });
    expect(iam.commandCalls(GetPolicyCommand)).toEqual([]);
  });

  it('an AWS managed policy that the listing lacks is fetched once', async () => {
    account({ Role: [{ RoleDetailList: [aRole('a', attached), aRole('b', attached)] }] });
    iam.on(GetPolicyCommand).resolves({ Policy: { DefaultVersionId: 'v7' } });
    iam.on(GetPolicyVersionCommand, { VersionId: 'v7' }).resolves({ PolicyVersion: { Document: ALLOW_ALL } });
    const { edges, row } = await look(authorizationDetails);
    const hashes = edges.filter(({ edge_type }) => edge_type === 'HAS_POLICY').map(({ properties }) => properties);
    expect(hashes).toEqual([{ policy_hash: expect.any(String) }, { policy_hash: expect.any(String) }]);
    expect(iam.commandCalls(GetPolicyCommand)).toHaveLength(1);
    expect(row.status).toBe('complete');
  });

  it('one that may not be fetched is a gap, and the role is there all the same', async () => {
    account({ Role: [{ RoleDetailList: [aRole('a', attached)] }] });
    iam.on(GetPolicyCommand).rejects(awsError('AccessDenied'));
    const { nodes, gaps, row } = await look(authorizationDetails);
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['a']);
    expect(gaps).toEqual([expect.objectContaining({ action: 'iam:GetPolicy', item: READ_ONLY })]);
    expect(row.status).toBe('denied');
  });

  it('one that AWS does not know is a gap', async () => {
    account({ Role: [{ RoleDetailList: [aRole('a', attached)] }] });
    iam.on(GetPolicyCommand).rejects(awsError('NoSuchEntityException'));
    const { nodes, gaps } = await look(authorizationDetails);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: READ_ONLY })]);
  });
});
