import {
  type FunctionConfiguration,
  GetPolicyCommand,
  LambdaClient,
  ListFunctionsCommand,
  type ListFunctionsResponse,
  ListTagsCommand,
} from '@aws-sdk/client-lambda';
import type { Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, checkpoint, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';

const LIST = 'lambda:ListFunctions';
const POLICY = 'lambda:GetPolicy';
const TAGS = 'lambda:ListTags';

/** The functions of a region: what they run as, who may invoke them. Their code and the values of their environment are not kept. */
export const functions: AwsCollector = {
  id: 'lambda.functions',
  category: 'aws_lambda',
  regional: true,
  entity_types: ['aws_lambda_function'],
  edge_types: ['RUNS_AS', 'BELONGS_TO'],
  actions: [LIST, POLICY, TAGS],
  async *collect(session, cursor) {
    const client = session.client(LambdaClient);
    const listing = pages<ListFunctionsResponse>({
      action: LIST,
      cursor,
      fetch: (Marker) => client.send(new ListFunctionsCommand({ Marker })),
      next: (page) => page.NextMarker,
    });
    for await (const page of listing) {
      for (const configuration of listed(LIST, page.Functions)) {
        const item = configuration.FunctionArn ?? configuration.FunctionName ?? 'a function without a name';
        yield* oneItem({ action: LIST, item }, () => lookAtFunction(session, configuration));
      }
      yield* checkpoint(page.NextMarker);
    }
  },
};

async function* lookAtFunction(
  session: AwsSession,
  configuration: FunctionConfiguration,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(LambdaClient);
  const item = required(configuration.FunctionArn, 'FunctionArn');
  // A function without a policy answers 404. https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
  const policy = yield* readItem({ action: POLICY, item, absent: ['ResourceNotFoundException'] }, async () =>
    resourcePolicy((await client.send(new GetPolicyCommand({ FunctionName: item }))).Policy),
  );
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsCommand({ Resource: item }))).Tags, 'Tags'),
  );
  yield* toFunction(configuration, session, { policy, tags });
}

/** What other calls told about a function. */
export interface FunctionDetails {
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly tags: Reading<Readonly<Record<string, string>>>;
}

/** A function and its role. Of the environment only the names are copied. Throws TypeError on a record that makes no sense. */
export function* toFunction(
  configuration: FunctionConfiguration,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { policy, tags }: FunctionDetails,
): Generator<Observation, void, undefined> {
  const arn = required(configuration.FunctionArn, 'FunctionArn');
  const ref = arnRef('aws_lambda_function', arn);
  if (policy.known && policy.value) yield policy.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(configuration.FunctionName, 'FunctionName'),
    properties: known({
      arn,
      name: configuration.FunctionName,
      region: session.region,
      runtime: configuration.Runtime ?? null,
      package_type: configuration.PackageType,
      role_arn: configuration.Role,
      // AWS leaves `Environment` out where there is none, and `Variables` where it may not be decrypted for us.
      environment_names:
        configuration.Environment && !configuration.Environment.Variables
          ? undefined
          : Object.keys(configuration.Environment?.Variables ?? {}).sort(),
      layers: (configuration.Layers ?? []).map((layer) => required(layer.Arn, 'Layers.Arn')),
      code_sha256: configuration.CodeSha256,
      last_modified: configuration.LastModified,
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      tags: tags.known ? tagsOfMap(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { resource_policy_hash: POLICY, tags: TAGS },
  };
  yield belongsTo(ref, session, LIST);
  if (configuration.Role) {
    yield {
      kind: 'edge',
      edge_type: 'RUNS_AS',
      from: ref,
      to: arnRef('aws_iam_role', configuration.Role),
      stated_by: statedBy(arn, `Role[${configuration.Role}]`),
      properties: {},
      api: LIST,
    };
  }
}
