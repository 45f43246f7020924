import {
  type FunctionConfiguration,
  type FunctionUrlConfig,
  LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
} from '@aws-sdk/client-lambda';
import type { CorrelationKey, Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { identifierVariables } from '../identifier-variables.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';
import {
  ALIASES,
  type AliasAccess,
  aliasesOf,
  aliasProperty,
  POLICY,
  policyOf,
  URLS,
  urlProperty,
  urlsOf,
} from './function-access.ts';

const LIST = 'lambda:ListFunctions';
const TAGS = 'lambda:ListTags';

/** The functions of a region: what they run as, who may invoke them, also by an alias or a URL. Their code is not read; of their environment names are kept, and no values but GUIDs that name an application or tenant of Entra. */
export const functions: AwsCollector = {
  id: 'lambda.functions',
  category: 'aws_lambda',
  regional: true,
  entity_types: ['aws_lambda_function'],
  edge_types: ['RUNS_AS', 'BELONGS_TO'],
  actions: [LIST, POLICY, TAGS, URLS, ALIASES],
  collect(session, cursor) {
    const client = session.client(LambdaClient);
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (Marker) => client.send(new ListFunctionsCommand({ Marker })),
      next: (page) => page.NextMarker,
      items: (page) => page.Functions,
      name: (configuration) => configuration.FunctionArn ?? configuration.FunctionName ?? 'a function without a name',
      look: (configuration) => lookAtFunction(session, configuration),
    });
  },
};

async function* lookAtFunction(
  session: AwsSession,
  configuration: FunctionConfiguration,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(LambdaClient);
  const item = required(configuration.FunctionArn, 'FunctionArn');
  const policy = yield* policyOf(session, item);
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsCommand({ Resource: item }))).Tags, 'Tags'),
  );
  const urls = yield* urlsOf(session, item);
  const aliases = yield* aliasesOf(session, item);
  yield* toFunction(configuration, session, { policy, tags, urls, aliases });
}

/** What other calls told about a function. */
export interface FunctionDetails {
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly tags: Reading<Readonly<Record<string, string>>>;
  readonly urls: Reading<readonly FunctionUrlConfig[]>;
  readonly aliases: Reading<readonly AliasAccess[]>;
}

/** A function and its role. Throws TypeError on a record that makes no sense. */
export function* toFunction(
  configuration: FunctionConfiguration,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { policy, tags, urls, aliases }: FunctionDetails,
): Generator<Observation, void, undefined> {
  const arn = required(configuration.FunctionArn, 'FunctionArn');
  const ref = arnRef('aws_lambda_function', arn);
  const environment = environmentOf(configuration);
  for (const each of [policy, ...((aliases.known && aliases.value) || []).map((alias) => alias.policy)]) {
    if (each.known && each.value) yield each.value;
  }
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
      environment_names: environment?.names,
      environment_identifiers: environment?.identifiers,
      encryption_key: configuration.KMSKeyArn || null,
      layers: (configuration.Layers ?? []).map((layer) => required(layer.Arn, 'Layers.Arn')),
      code_sha256: configuration.CodeSha256,
      last_modified: configuration.LastModified,
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      function_urls: urls.known ? urlProperty(urls.value ?? []) : undefined,
      aliases: aliases.known ? aliasProperty(aliases.value ?? []) : undefined,
      tags: tags.known ? tagsOfMap(tags.value) : undefined,
    }),
    correlation_keys: endpointsOf((urls.known && urls.value) || []),
    api: LIST,
    property_apis: { resource_policy_hash: POLICY, function_urls: URLS, aliases: ALIASES, tags: TAGS },
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

/** Where others call it. Each alias may have an address of its own. */
const endpointsOf = (urls: readonly FunctionUrlConfig[]): readonly CorrelationKey[] =>
  [...new Set(urls.map(({ FunctionUrl }) => canonicalEndpoint(FunctionUrl)))]
    .filter((url): url is string => url !== undefined)
    .sort()
    .map((value) => ({ kind: 'endpoint_url', value }));

/** What is kept of an environment. AWS leaves `Environment` out where there is none, and `Variables` where it may not be decrypted for us. */
function environmentOf({ Environment }: FunctionConfiguration) {
  if (Environment && !Environment.Variables) return undefined;
  return identifierVariables(Object.entries(Environment?.Variables ?? {}));
}
