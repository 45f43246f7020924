import {
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUsersCommand,
  type User,
} from '@aws-sdk/client-iam';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { accessKeys } from '../../../../src/connectors/aws/iam/access-keys.ts';
import { ACCOUNT, awsError, look } from '../look.ts';

const iam = mockClient(IAMClient);
beforeEach(() => iam.reset());

const arnOf = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const aUser = (name: string, overrides: Partial<User> = {}): User => ({
  Path: '/',
  UserId: 'AIDAEXAMPLE',
  CreateDate: new Date('2025-01-01T00:00:00Z'),
  Arn: arnOf(name),
  UserName: name,
  ...overrides,
});

const MADE = new Date('2025-06-07T08:09:10Z');
const aKey = (AccessKeyId: string, Status: 'Active' | 'Inactive' = 'Active') => ({
  UserName: 'bob',
  AccessKeyId,
  Status,
  CreateDate: MADE,
});
const NEVER = { ServiceName: 'N/A', Region: 'N/A' };

/** An account with users, the keys of each, and one last use for all keys. */
function seed(users: readonly User[], keys: Readonly<Record<string, readonly ReturnType<typeof aKey>[]>>) {
  iam.on(ListUsersCommand).resolves({ Users: [...users], IsTruncated: false });
  iam.on(ListAccessKeysCommand).callsFake(({ UserName }: { UserName: string }) => ({
    AccessKeyMetadata: keys[UserName] ?? [],
  }));
  iam
    .on(GetAccessKeyLastUsedCommand)
    .resolves({ UserName: 'bob', AccessKeyLastUsed: { LastUsedDate: undefined, ...NEVER } });
}

describe('the access keys of an account', () => {
  it('have an age and a status, and belong to their account', async () => {
    seed([aUser('bob')], { bob: [aKey('AKIAONE')] });
    const { nodes, edges, row } = await look(accessKeys);
    expect(nodes).toEqual([
      expect.objectContaining({
        entity_type: 'aws_iam_access_key',
        source_system_id: `aws:${ACCOUNT}`,
        source_record_id: 'AKIAONE',
        properties: {
          access_key_id: 'AKIAONE',
          user_arn: arnOf('bob'),
          status: 'Active',
          created_at: '2025-06-07T08:09:10.000Z',
        },
      }),
    ]);
    expect(edges).toContainEqual(
      expect.objectContaining({
        edge_type: 'AUTHENTICATES_AS',
        to: expect.objectContaining({ entity_type: 'aws_iam_user', source_record_id: arnOf('bob') }),
        stated_by: expect.objectContaining({ source_field_path: 'AccessKeyMetadata[AKIAONE]' }),
      }),
    );
    expect(edges.map(({ edge_type }) => edge_type).sort()).toEqual(['AUTHENTICATES_AS', 'BELONGS_TO']);
    expect(row.status).toBe('complete');
  });

  it('that are not active are there, and authenticate nobody', async () => {
    seed([aUser('bob')], { bob: [aKey('AKIAOFF', 'Inactive')] });
    const { nodes, edges } = await look(accessKeys);
    expect(nodes[0]?.properties.status).toBe('Inactive');
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it.each<[string, object, unknown]>([
    [
      'when, for which service and where',
      { LastUsedDate: new Date('2026-02-03T04:05:06Z'), ServiceName: 's3', Region: 'eu-west-1' },
      { at: '2026-02-03T04:05:06.000Z', service: 's3', region: 'eu-west-1' },
    ],
    ['never', NEVER, { at: null, service: null, region: null }],
  ])('were last used: %s', async (_, AccessKeyLastUsed, value) => {
    seed([aUser('bob')], { bob: [aKey('AKIAONE')] });
    iam
      .on(GetAccessKeyLastUsedCommand)
      .resolves({ AccessKeyLastUsed: { ...NEVER, LastUsedDate: undefined, ...AccessKeyLastUsed } });
    const { observations } = await look(accessKeys);
    expect(observations.filter((seen) => seen.kind === 'activity')).toEqual([
      {
        kind: 'activity',
        entity: { entity_type: 'aws_iam_access_key', source_system_id: `aws:${ACCOUNT}`, source_record_id: 'AKIAONE' },
        name: 'last_used',
        value,
      },
    ]);
  });

  it('the last use of a password is activity of its user; who never used one has none', async () => {
    seed([aUser('bob', { PasswordLastUsed: MADE }), aUser('eve')], {});
    const { observations } = await look(accessKeys);
    expect(observations).toEqual([
      {
        kind: 'activity',
        entity: { entity_type: 'aws_iam_user', source_system_id: `aws:${ACCOUNT}`, source_record_id: arnOf('bob') },
        name: 'password_last_used',
        value: { at: '2025-06-07T08:09:10.000Z' },
      },
    ]);
  });

  it('whose last use may not be read are there all the same', async () => {
    seed([aUser('bob')], { bob: [aKey('AKIAONE')] });
    iam.on(GetAccessKeyLastUsedCommand).rejects(awsError('AccessDenied'));
    const { nodes, gaps, row } = await look(accessKeys);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      expect.objectContaining({ action: 'iam:GetAccessKeyLastUsed', item: `${arnOf('bob')} AKIAONE` }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('of a user whose keys may not be listed are a gap; those of others go on', async () => {
    seed([aUser('bob'), aUser('eve')], { eve: [aKey('AKIAEVE')] });
    iam.on(ListAccessKeysCommand, { UserName: 'bob' }).rejects(awsError('AccessDenied'));
    const { nodes, gaps } = await look(accessKeys);
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['AKIAEVE']);
    expect(gaps).toEqual([expect.objectContaining({ action: 'iam:ListAccessKeys', item: arnOf('bob') })]);
  });

  it('of a user who was deleted in the meantime are absent', async () => {
    seed([aUser('bob')], {});
    iam.on(ListAccessKeysCommand).rejects(awsError('NoSuchEntityException'));
    const { observations, row } = await look(accessKeys);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('a key without an id is a gap, and its sibling goes on', async () => {
    seed([aUser('bob')], { bob: [{ ...aKey('x'), AccessKeyId: '' }, aKey('AKIATWO')] });
    const { nodes, gaps } = await look(accessKeys);
    expect(nodes.map(({ display_name }) => display_name)).toEqual(['AKIATWO']);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item' })]);
  });

  it('an answer without its list is malformed, and no user without keys', async () => {
    seed([aUser('bob')], {});
    iam.on(ListAccessKeysCommand).resolves({ AccessKeyMetadata: undefined });
    expect((await look(accessKeys)).row).toMatchObject({ status: 'failed' });
  });

  it('a long listing of users can be resumed inside its page', async () => {
    const users = Array.from({ length: 45 }, (_, index) => aUser(`u${100 + index}`));
    seed(users, Object.fromEntries(users.map(({ UserName = '' }) => [UserName, [aKey(`AKIA${UserName}`)]])));
    const { cursors } = await look(accessKeys);
    expect(cursors).toHaveLength(2);
    expect((await look(accessKeys, cursors[1])).nodes.map(({ display_name }) => display_name)).toEqual(
      users.slice(40).map(({ UserName }) => `AKIA${UserName}`),
    );
  });
});
