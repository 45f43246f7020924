import {
  DescribeTableCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  ListTablesCommand,
  type ListTablesOutput,
  ListTagsOfResourceCommand,
  type ListTagsOfResourceOutput,
  type TableDescription,
  type Tag,
} from '@aws-sdk/client-dynamodb';
import type { Gap, Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known } from '../properties.ts';
import { answered, checkpoint, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';

const LIST = 'dynamodb:ListTables';
const DESCRIBE = 'dynamodb:DescribeTable';
const POLICY = 'dynamodb:GetResourcePolicy';
const TAGS = 'dynamodb:ListTagsOfResource';

/** The tables of a region. No item of any table is read. */
export const tables: AwsCollector = {
  id: 'dynamodb.tables',
  category: 'aws_dynamodb_sns',
  regional: true,
  entity_types: ['aws_dynamodb_table'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, DESCRIBE, POLICY, TAGS],
  async *collect(session, cursor) {
    const client = session.client(DynamoDBClient);
    const listing = pages<ListTablesOutput>({
      action: LIST,
      cursor,
      fetch: (ExclusiveStartTableName) => client.send(new ListTablesCommand({ ExclusiveStartTableName })),
      next: (page) => page.LastEvaluatedTableName,
    });
    for await (const page of listing) {
      for (const name of listed(LIST, page.TableNames)) {
        yield* oneItem({ action: DESCRIBE, item: tableArn(name, session) }, () => lookAtTable(session, name));
      }
      yield* checkpoint(page.LastEvaluatedTableName);
    }
  },
};

async function* lookAtTable(session: AwsSession, name: string): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(DynamoDBClient);
  const item = tableArn(name, session);
  const description = yield* readItem({ action: DESCRIBE, item }, async () =>
    answered((await client.send(new DescribeTableCommand({ TableName: name }))).Table, 'Table'),
  );
  const policy = yield* readItem({ action: POLICY, item, absent: ['PolicyNotFoundException'] }, async () =>
    resourcePolicy(answered((await client.send(new GetResourcePolicyCommand({ ResourceArn: item }))).Policy, 'Policy')),
  );
  const tags = yield* tagsOf(session, item);
  const streamPolicy = yield* streamPolicyOf(session, description);
  yield* toTable(name, session, { description, policy, tags, streamPolicy });
}

/** A stream has a policy of its own: who may read the changes of a table need not be allowed to read the table. */
async function* streamPolicyOf(
  session: AwsSession,
  description: Reading<TableDescription>,
): AsyncGenerator<Gap, Reading<ObservedPolicyDocument>, undefined> {
  if (!description.known) return { known: false };
  const stream = streamOf(description.value);
  if (!stream) return { known: true, value: undefined };
  // A stream may go while its table stays.
  const absent = ['PolicyNotFoundException', 'ResourceNotFoundException'];
  return yield* readItem({ action: POLICY, item: stream, absent }, async () => {
    const client = session.client(DynamoDBClient);
    const { Policy } = await client.send(new GetResourcePolicyCommand({ ResourceArn: stream }));
    return resourcePolicy(answered(Policy, 'Policy'));
  });
}

/** AWS goes on naming the last stream of a table after it was switched off. */
const streamOf = (table: TableDescription | undefined): string | undefined =>
  table?.StreamSpecification?.StreamEnabled ? table.LatestStreamArn : undefined;

/** A table has at most 50 tags, in pages of 10: these few are gathered. */
async function* tagsOf(session: AwsSession, item: string): AsyncGenerator<Gap, Reading<readonly Tag[]>, undefined> {
  return yield* readItem({ action: TAGS, item }, async () => {
    const tags: Tag[] = [];
    let NextToken: string | undefined;
    do {
      const page: ListTagsOfResourceOutput = await session
        .client(DynamoDBClient)
        .send(new ListTagsOfResourceCommand({ ResourceArn: item, NextToken }));
      tags.push(...answered(page.Tags, 'Tags'));
      NextToken = page.NextToken;
    } while (NextToken);
    return tags;
  });
}

/** What other calls told about a table. */
export interface TableDetails {
  readonly description: Reading<TableDescription>;
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly tags: Reading<readonly Tag[]>;
  readonly streamPolicy: Reading<ObservedPolicyDocument>;
}

/** A table. Sizes and counts change by themselves and are not copied. */
export function* toTable(
  name: string,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { description, policy, tags, streamPolicy }: TableDetails,
): Generator<Observation, void, undefined> {
  const arn = tableArn(name, session);
  const ref = arnRef('aws_dynamodb_table', arn);
  const table = description.known ? description.value : undefined;
  if (policy.known && policy.value) yield policy.value;
  if (streamPolicy.known && streamPolicy.value) yield streamPolicy.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      unique_id: table?.TableId,
      stream_arn: table && (streamOf(table) ?? null),
      stream_view: table && ((streamOf(table) && table.StreamSpecification?.StreamViewType) || null),
      stream_policy_hash: streamPolicy.known ? (streamPolicy.value?.hash ?? null) : undefined,
      replica_regions: table && (table.Replicas ?? []).flatMap(({ RegionName }) => RegionName ?? []).sort(),
      encryption_key: table && (table.SSEDescription?.KMSMasterKeyArn ?? null),
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: {
      unique_id: DESCRIBE,
      stream_arn: DESCRIBE,
      stream_view: DESCRIBE,
      stream_policy_hash: POLICY,
      replica_regions: DESCRIBE,
      encryption_key: DESCRIBE,
      resource_policy_hash: POLICY,
      tags: TAGS,
    },
    // Whose streams are not known, of these no policy was asked for.
    ...(description.known ? {} : { failed_apis: [POLICY] }),
  };
  yield belongsTo(ref, session, LIST);
}

const tableArn = (name: string, { account, partition, region }: Pick<AwsSession, 'account' | 'partition' | 'region'>) =>
  `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
