import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type GetKeyRotationStatusResponse,
  type GrantListEntry,
  type KeyListEntry,
  type KeyMetadata,
  KMSClient,
  ListAliasesCommand,
  type ListAliasesResponse,
  ListGrantsCommand,
  type ListGrantsResponse,
  ListKeysCommand,
  type ListKeysResponse,
  ListResourceTagsCommand,
  type ListResourceTagsResponse,
  type Tag,
} from '@aws-sdk/client-kms';
import type { Json } from '../../../kernel/canonical.ts';
import type { Gap, Observation } from '../../../observations/observation.ts';
import { resourcePolicy } from '../policy-document.ts';
import { required } from '../properties.ts';
import { answered, checkpoint, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { type CustomerDetails, grantOf, type KeyDetails, type KeyGrants, toKey } from './key.ts';

const LIST = 'kms:ListKeys';
const ALIASES = 'kms:ListAliases';
const DESCRIBE = 'kms:DescribeKey';
const POLICY = 'kms:GetKeyPolicy';
const GRANTS = 'kms:ListGrants';
const ROTATION = 'kms:GetKeyRotationStatus';
const TAGS = 'kms:ListResourceTags';

/** The most that AWS gives. */
const PAGE_SIZE = 1000;
const SMALL_PAGE_SIZE = 100;

/**
 * Grants of one key that are told apart: a key may have 50,000 of them, most of them made by services for each disk.
 * https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
 */
const GRANTS_KEPT = 500;

/** The KMS keys of a region: customers' keys with who may use them, AWS's own keys as the fact that they are there. */
export const keys: AwsCollector = {
  id: 'kms.keys',
  category: 'aws_secrets',
  regional: true,
  entity_types: ['aws_kms_key'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, ALIASES, DESCRIBE, POLICY, GRANTS, ROTATION, TAGS],
  async *collect(session, cursor) {
    const client = session.client(KMSClient);
    const listing = pages<ListKeysResponse>({
      action: LIST,
      cursor,
      fetch: async (Marker) => wholePage(await client.send(new ListKeysCommand({ Marker, Limit: PAGE_SIZE }))),
      next: following,
    });
    let aliases: Reading<AliasNames> | undefined;
    for await (const page of listing) {
      const listedKeys = listed(LIST, page.Keys);
      if (listedKeys.length > 0) aliases ??= yield* aliasesOf(session);
      for (const key of listedKeys) {
        const names = aliases ?? NO_ALIASES;
        const item = key.KeyArn ?? key.KeyId ?? 'a key without an id';
        yield* oneItem({ action: LIST, item }, () => lookAtKey(session, key, names));
      }
      yield* checkpoint(following(page));
    }
  },
};

/** How KMS pages. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html */
interface MarkedPage {
  readonly Truncated?: boolean | undefined;
  readonly NextMarker?: string | undefined;
}

/** A page that says that there is more, but not where it begins, is malformed: it is neither the last nor asked for again. */
function wholePage<Page extends MarkedPage>(page: Page): Page {
  if (page.Truncated) answered(page.NextMarker, 'NextMarker');
  return page;
}

const following = (page: MarkedPage): string | undefined => (page.Truncated ? page.NextMarker : undefined);

/** Names of aliases by the id of their key. */
type AliasNames = ReadonlyMap<string, readonly string[]>;

const NO_ALIASES: Reading<AliasNames> = { known: true, value: new Map() };

/** The aliases of a region, of which no single key can be asked as cheaply: only their names are held. */
async function* aliasesOf(session: AwsSession): AsyncGenerator<Gap, Reading<AliasNames>, undefined> {
  const client = session.client(KMSClient);
  const listing = pages<ListAliasesResponse>({
    action: ALIASES,
    fetch: async (Marker) => wholePage(await client.send(new ListAliasesCommand({ Marker, Limit: SMALL_PAGE_SIZE }))),
    next: following,
  });
  return yield* readItem({ action: ALIASES, item: `the aliases of ${session.region}` }, async () => {
    const names = new Map<string, string[]>();
    for await (const page of listing) {
      for (const { AliasName, TargetKeyId } of listed(ALIASES, page.Aliases)) {
        // AWS has aliases for keys that it has not made yet: they have no target.
        if (!AliasName || !TargetKeyId) continue;
        const ofKey = names.get(TargetKeyId) ?? [];
        ofKey.push(AliasName);
        names.set(TargetKeyId, ofKey);
      }
    }
    return names;
  });
}

async function* lookAtKey(
  session: AwsSession,
  { KeyId, KeyArn }: KeyListEntry,
  names: Reading<AliasNames>,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(KMSClient);
  const key_id = required(KeyId, 'KeyId');
  const item = required(KeyArn, 'KeyArn');
  const metadata = yield* readItem({ action: DESCRIBE, item }, async () =>
    answered((await client.send(new DescribeKeyCommand({ KeyId: item }))).KeyMetadata, 'KeyMetadata'),
  );
  const aliases: KeyDetails['aliases'] = names.known
    ? { known: true, value: names.value?.get(key_id) ?? [] }
    : { known: false };
  const customer = isAwsManaged(metadata, aliases) ? undefined : yield* customerDetails(session, item, metadata);
  yield* toKey({ key_id, arn: item }, session, { metadata, aliases, customer });
}

function isAwsManaged(metadata: Reading<KeyMetadata>, aliases: KeyDetails['aliases']): boolean {
  if (metadata.known && metadata.value) return metadata.value.KeyManager === 'AWS';
  return aliases.known && (aliases.value ?? []).some((name) => name.startsWith('alias/aws/'));
}

async function* customerDetails(
  session: AwsSession,
  item: string,
  metadata: Reading<KeyMetadata>,
): AsyncGenerator<Gap, CustomerDetails, undefined> {
  const client = session.client(KMSClient);
  const policy = yield* readItem({ action: POLICY, item }, async () =>
    resourcePolicy(answered((await client.send(new GetKeyPolicyCommand({ KeyId: item }))).Policy, 'Policy')),
  );
  const grants = yield* readItem({ action: GRANTS, item }, () => grantsOf(client, item));
  const rotation = rotates(metadata)
    ? yield* readItem(
        { action: ROTATION, item, absent: ['UnsupportedOperationException', 'KMSInvalidStateException'] },
        () => rotationOf(client, item),
      )
    : NEVER_ROTATES;
  const tags = yield* readItem({ action: TAGS, item }, () => tagsOf(client, item));
  return { policy, grants, rotation, tags };
}

const NEVER_ROTATES: CustomerDetails['rotation'] = { known: true, value: undefined };

/** Only symmetric encryption keys whose material KMS made rotate by themselves. https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
const rotates = (metadata: Reading<KeyMetadata>): boolean => {
  const { KeySpec, Origin } = (metadata.known && metadata.value) || {};
  return (KeySpec ?? 'SYMMETRIC_DEFAULT') === 'SYMMETRIC_DEFAULT' && (Origin ?? 'AWS_KMS') === 'AWS_KMS';
};

async function rotationOf(client: KMSClient, KeyId: string): Promise<GetKeyRotationStatusResponse> {
  const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
  answered(status.KeyRotationEnabled, 'KeyRotationEnabled');
  return status;
}

/** The grants of a key that differ in what they allow, and whether these are all. */
async function grantsOf(client: KMSClient, KeyId: string): Promise<KeyGrants> {
  const listing = pages<ListGrantsResponse>({
    action: GRANTS,
    fetch: async (Marker) =>
      wholePage(await client.send(new ListGrantsCommand({ KeyId, Marker, Limit: SMALL_PAGE_SIZE }))),
    next: following,
  });
  const distinct = new Map<string, Json>();
  for await (const page of listing) {
    for (const grant of listed<GrantListEntry>(GRANTS, page.Grants)) {
      const kept = grantOf(grant);
      distinct.set(JSON.stringify(kept), kept);
    }
    if (distinct.size > GRANTS_KEPT) return { grants: inOrder(distinct).slice(0, GRANTS_KEPT), complete: false };
  }
  return { grants: inOrder(distinct), complete: true };
}

const inOrder = (distinct: ReadonlyMap<string, Json>): readonly Json[] =>
  [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => grant);

/** A key has at most 50 tags: these few are gathered. */
async function tagsOf(client: KMSClient, KeyId: string): Promise<readonly Tag[]> {
  const listing = pages<ListResourceTagsResponse>({
    action: TAGS,
    fetch: async (Marker) => wholePage(await client.send(new ListResourceTagsCommand({ KeyId, Marker }))),
    next: following,
  });
  const tags: Tag[] = [];
  for await (const page of listing) tags.push(...listed(TAGS, page.Tags));
  return tags;
}
