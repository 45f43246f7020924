import {
  type AccessKeyLastUsed,
  type AccessKeyMetadata,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  type ListAccessKeysResponse,
  ListUsersCommand,
  type ListUsersResponse,
  type User,
} from '@aws-sdk/client-iam';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { placedPages, throughPage } from '../page-place.ts';
import { known, moment, required } from '../properties.ts';
import { answered, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import type { Home } from './principal-ref.ts';

const USERS = 'iam:ListUsers';
const KEYS = 'iam:ListAccessKeys';
const LAST_USED = 'iam:GetAccessKeyLastUsed';

/** Users between two checkpoints inside a page: each is a call, and one more for each of its keys. */
const STRIDE = 20;

/**
 * The access keys of an account's users: their age and status, and when each was last used. The listing of the users tells
 * besides when they last signed in by password, which the authorization details leave out.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
 */
export const accessKeys: AwsCollector = {
  id: 'iam.access-keys',
  category: 'aws_iam',
  regional: false,
  entity_types: ['aws_iam_access_key'],
  edge_types: ['AUTHENTICATES_AS', 'BELONGS_TO'],
  actions: [USERS, KEYS, LAST_USED],
  async *collect(session, cursor) {
    const listing = placedPages<ListUsersResponse>({
      action: USERS,
      cursor,
      fetch: (Marker) => session.client(IAMClient).send(new ListUsersCommand({ Marker })),
      next: (page) => page.Marker,
    });
    for await (const { page, ...place } of listing) {
      yield* throughPage(listed(USERS, page.Users), place, {
        key: ({ Arn }) => Arn ?? '',
        look: (user) =>
          oneItem({ action: USERS, item: user.Arn ?? user.UserName ?? 'a user without a name' }, () =>
            lookAtUser(session, user),
          ),
        stride: STRIDE,
        next: page.Marker,
      });
    }
  },
};

async function* lookAtUser(session: AwsSession, user: User): AsyncGenerator<Observation, void, undefined> {
  const ref = arnRef('aws_iam_user', required(user.Arn, 'Arn'));
  const UserName = required(user.UserName, 'UserName');
  // Left out where the user has no password, or has not used it since October 2014: which of them, AWS does not say.
  const at = moment(user.PasswordLastUsed);
  if (at !== undefined) yield { kind: 'activity', entity: ref, name: 'password_last_used', value: { at } };
  const client = session.client(IAMClient);
  const keys = yield* readItem({ action: KEYS, item: ref.source_record_id }, async () => {
    const all: AccessKeyMetadata[] = [];
    const listing = pages<ListAccessKeysResponse>({
      action: KEYS,
      fetch: (Marker) => client.send(new ListAccessKeysCommand({ UserName, Marker })),
      next: (page) => page.Marker,
    });
    for await (const page of listing) all.push(...listed(KEYS, page.AccessKeyMetadata));
    return all;
  });
  for (const key of (keys.known && keys.value) || []) {
    const item = `${ref.source_record_id} ${key.AccessKeyId ?? 'an access key without an id'}`;
    yield* oneItem({ action: KEYS, item }, async function* () {
      const AccessKeyId = required(key.AccessKeyId, 'AccessKeyId');
      const use = yield* readItem({ action: LAST_USED, item }, async () => {
        const answer = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
        return answered(answer.AccessKeyLastUsed, 'AccessKeyLastUsed');
      });
      yield* toAccessKey(key, ref, session, use);
    });
  }
}

/**
 * An access key; its id is no secret, it is what AWS's own logs name it by. One that is not active is nobody's credential, so
 * that no edge leads on from it. Throws TypeError where it has no id or status.
 */
export function* toAccessKey(
  key: AccessKeyMetadata,
  user: EntityRef,
  home: Home,
  use: Reading<AccessKeyLastUsed>,
): Generator<Observation, void, undefined> {
  const id = required(key.AccessKeyId, 'AccessKeyId');
  const status = required(key.Status, 'Status');
  const ref: EntityRef = {
    entity_type: 'aws_iam_access_key',
    source_system_id: user.source_system_id,
    source_record_id: id,
  };
  yield {
    kind: 'node',
    ...ref,
    display_name: id,
    properties: known({
      access_key_id: id,
      user_arn: user.source_record_id,
      status,
      created_at: moment(key.CreateDate),
    }),
    api: KEYS,
  };
  yield belongsTo(ref, home, KEYS);
  if (status === 'Active') {
    yield {
      kind: 'edge',
      edge_type: 'AUTHENTICATES_AS',
      from: ref,
      to: user,
      stated_by: statedBy(user.source_record_id, `AccessKeyMetadata[${id}]`),
      properties: {},
      api: KEYS,
    };
  }
  if (use.known && use.value) yield { kind: 'activity', entity: ref, name: 'last_used', value: lastUse(use.value) };
}

/** A key that was never used has no date, and `N/A` for the rest. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html */
const lastUse = ({ LastUsedDate, ServiceName, Region }: AccessKeyLastUsed) => ({
  at: moment(LastUsedDate) ?? null,
  service: named(ServiceName),
  region: named(Region),
});

const named = (text: string | undefined): string | null => (text === undefined || text === 'N/A' ? null : text);
