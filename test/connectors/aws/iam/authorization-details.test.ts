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
type Pages = readonly GetAccountAuthorizationDetailsResponse[];

/** Answers the listing of everything, and that of what others name, where it is asked for. */
function account(all: Pages, named: Pages = [{}]): void {
  iam
    .on(GetAccountAuthorizationDetailsCommand)
    .callsFake(({ Filter, Marker }: { Filter?: string[]; Marker?: string }) => {
      const listing = Filter ? named : all;
      const number = Number(Marker ?? 0);
      return { ...NOTHING, ...listing[number], ...(listing[number + 1] ? { Marker: String(number + 1) } : {}) };
    });
}

/** What was asked for, call by call. */
const asked = () =>
  iam.commandCalls(GetAccountAuthorizationDetailsCommand).map(({ args }) => {
    const { Filter, Marker } = args[0].input;
    return [Filter?.join(' ') ?? 'all', Marker ?? 'begin'].join(' from ');
  });

const cursor = (token: string | undefined, after?: string): string => JSON.stringify({ token, after });
const NAMES_OF_ALL = 'AWSManagedPolicy Group from begin';

describe('the authorization details of an account', () => {
  it('come page by page, with a checkpoint after each page that has a next one', async () => {
    account([{ RoleDetailList: [aRole('a')] }, { RoleDetailList: [aRole('b')] }]);
    const { observations, cursors, row } = await look(authorizationDetails);
    const order = observations.map((seen) => (seen.kind === 'node' ? seen.display_name : seen.kind));
    expect(order.filter((what) => ['a', 'b', 'checkpoint'].includes(what))).toEqual(['a', 'checkpoint', 'b']);
    expect(cursors).toEqual([cursor('1')]);
    expect(row.status).toBe('complete');
    expect(asked()).toEqual(['all from begin', NAMES_OF_ALL, 'all from 1']);
  });

  it('are one call where they fit a page', async () => {
    account([{ RoleDetailList: [aRole('a')] }]);
    expect((await look(authorizationDetails)).cursors).toEqual([]);
    expect(asked()).toEqual(['all from begin']);
  });

  it('what others name is listed once, also where there is none of it', async () => {
    account([{ RoleDetailList: [aRole('a')] }, { RoleDetailList: [aRole('b')] }, { RoleDetailList: [aRole('c')] }]);
    await look(authorizationDetails);
    expect(asked().filter((call) => call === NAMES_OF_ALL)).toHaveLength(1);
  });

  it('go on from the cursor of an earlier part', async () => {
    account([{ RoleDetailList: [aRole('a')] }, { RoleDetailList: [aRole('b')] }]);
    const { nodes } = await look(authorizationDetails, cursor('1'));
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['b']);
    expect(asked()).toEqual(['all from 1', NAMES_OF_ALL]);
  });

  const many = (from: number, to: number): readonly RoleDetail[] =>
    Array.from({ length: to - from }, (_, index) => aRole(`r${1000 + from + index}`));

  it('go on inside a page, in whatever order AWS lists it then', async () => {
    account([{ RoleDetailList: [...many(0, 250)] }]);
    const whole = await look(authorizationDetails);
    expect(whole.cursors).toEqual([1099, 1199].map((last) => cursor(undefined, aRole(`r${last}`).Arn)));
    account([{ RoleDetailList: [...many(0, 250)].reverse() }]);
    const { nodes } = await look(authorizationDetails, whole.cursors[1]);
    expect(nodes.map(({ display_name }) => display_name)).toEqual(many(200, 250).map(({ RoleName }) => RoleName));
  });

  it('go on inside a later page', async () => {
    account([{ RoleDetailList: [...many(0, 1)] }, { RoleDetailList: [...many(1, 200)] }]);
    const { cursors } = await look(authorizationDetails);
    expect(cursors).toEqual([cursor('1'), cursor('1', aRole('r1100').Arn)]);
    expect((await look(authorizationDetails, cursors[1])).nodes).toHaveLength(99);
  });

  it('begin again where AWS no longer knows the page, and leave nothing of it out', async () => {
    account([{ RoleDetailList: [...many(0, 3)] }]);
    iam
      .on(GetAccountAuthorizationDetailsCommand, { Marker: 'old' })
      .rejects(awsError('InvalidInput', 'the marker is not known'));
    const { nodes, row } = await look(authorizationDetails, cursor('old', aRole('r1001').Arn));
    expect(nodes).toHaveLength(3);
    expect(row.status).toBe('complete');
  });

  it.each(['1', 'null', '{', '[]', '{"token":1}'])('begin again with a cursor that is none: %s', async (odd) => {
    account([{ RoleDetailList: [aRole('a')] }]);
    expect((await look(authorizationDetails, odd)).nodes).toHaveLength(1);
  });

  it('one unreadable role is one gap that names it; its siblings go on', async () => {
    account([{ RoleDetailList: [aRole('a'), aRole('odd', { AssumeRolePolicyDocument: '%7Boops' }), aRole('b')] }]);
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
    account([{ UserDetailList: [user] }, { GroupDetailList: [group] }], [{ GroupDetailList: [group] }]);
    const { edges } = await look(authorizationDetails);
    expect(edges.find(({ edge_type }) => edge_type === 'MEMBER_OF')).toMatchObject({
      from: { source_record_id: user.Arn },
      to: { entity_type: 'aws_iam_group', source_record_id: group.Arn },
      stated_by: { source_field_path: 'GroupList[devs]' },
    });
  });

  it('a group that was made in the meantime makes the user unreadable, not groupless', async () => {
    const user = { Arn: `arn:aws:iam::${ACCOUNT}:user/bob`, UserName: 'bob', GroupList: ['new'] };
    account([{ UserDetailList: [user] }]);
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
    account([{ Policies: [{ Arn, PolicyName: 'mine', DefaultVersionId: 'v2', PolicyVersionList }] }]);
    const { nodes, observations } = await look(authorizationDetails);
    const documents = observations.filter((seen) => seen.kind === 'policy_document');
    expect(documents).toHaveLength(1);
    expect(nodes[0]?.properties).toMatchObject({ default_version: 'v2', policy_hash: documents[0]?.hash });
  });

  const attached = { AttachedManagedPolicies: [{ PolicyArn: READ_ONLY }] };

  it('an AWS managed policy in use is a document and a hash on the edge, never a node', async () => {
    const policy = { Arn: READ_ONLY, PolicyVersionList: [{ IsDefaultVersion: true, Document: ALLOW_ALL }] };
    account([{ RoleDetailList: [aRole('a', attached)] }, { Policies: [policy] }], [{ Policies: [policy] }]);
    const { nodes, edges, observations } = await look(authorizationDetails);
    const [policyDocument, ...others] = observations.filter((seen) => seen.kind === 'policy_document');
    expect(others.filter(({ hash }) => hash === policyDocument?.hash)).toEqual([]);
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['a']);
    expect(edges.find(({ edge_type }) => edge_type === 'HAS_POLICY')?.properties).toEqual({
      policy_hash: policyDocument?.hash,
    });
    expect(iam.commandCalls(GetPolicyCommand)).toEqual([]);
  });

  it('an AWS managed policy that the listing lacks is fetched once', async () => {
    account([{ RoleDetailList: [aRole('a', attached), aRole('b', attached)] }]);
    iam.on(GetPolicyCommand).resolves({ Policy: { DefaultVersionId: 'v7' } });
    iam.on(GetPolicyVersionCommand, { VersionId: 'v7' }).resolves({ PolicyVersion: { Document: ALLOW_ALL } });
    const { edges, row } = await look(authorizationDetails);
    const hashes = edges.filter(({ edge_type }) => edge_type === 'HAS_POLICY').map(({ properties }) => properties);
    expect(hashes).toEqual([{ policy_hash: expect.any(String) }, { policy_hash: expect.any(String) }]);
    expect(iam.commandCalls(GetPolicyCommand)).toHaveLength(1);
    expect(row.status).toBe('complete');
  });

  it('one that may not be fetched is a gap, and the role is there all the same', async () => {
    account([{ RoleDetailList: [aRole('a', attached)] }]);
    iam.on(GetPolicyCommand).rejects(awsError('AccessDenied'));
    const { nodes, gaps, row } = await look(authorizationDetails);
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['a']);
    expect(gaps).toEqual([expect.objectContaining({ action: 'iam:GetPolicy', item: READ_ONLY })]);
    expect(row.status).toBe('denied');
  });

  it('one that AWS does not know is a gap', async () => {
    account([{ RoleDetailList: [aRole('a', attached)] }]);
    iam.on(GetPolicyCommand).rejects(awsError('NoSuchEntityException'));
    const { nodes, gaps } = await look(authorizationDetails);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: READ_ONLY })]);
  });
});
