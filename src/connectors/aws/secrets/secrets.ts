import {
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  ListSecretsCommand,
  type ReplicationStatusType,
  type SecretListEntry,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { unqualified } from '../lambda/function-arn.ts';
import { lookAtEach } from '../look-at-each.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, moment, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';

const LIST = 'secretsmanager:ListSecrets';
const DESCRIBE = 'secretsmanager:DescribeSecret';
const POLICY = 'secretsmanager:GetResourcePolicy';

/** The most that AWS gives. */
const PAGE_SIZE = 100;

/** What encrypts a secret for which no key was chosen: the listing then names none. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html */
const DEFAULT_KEY = 'alias/aws/secretsmanager';

/** The secrets of a region: who may have them, and what rotates them. No value is ever asked for. */
export const secrets: AwsCollector = {
  id: 'secretsmanager.secrets',
  category: 'aws_secrets',
  regional: true,
  entity_types: ['aws_secretsmanager_secret'],
  edge_types: ['BELONGS_TO', 'INVOKES'],
  actions: [LIST, DESCRIBE, POLICY],
  collect(session, cursor) {
    const client = session.client(SecretsManagerClient);
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => client.send(new ListSecretsCommand({ MaxResults: PAGE_SIZE, NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.SecretList,
      name: (secret) => secret.ARN ?? secret.Name ?? 'a secret without a name',
      look: (secret) => lookAtSecret(session, secret),
    });
  },
};

async function* lookAtSecret(
  session: AwsSession,
  secret: SecretListEntry,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(SecretsManagerClient);
  const item = required(secret.ARN, 'ARN');
  // A secret without a policy has an answer without one: the names in it show that it is an answer.
  const policy = yield* readItem({ action: POLICY, item }, async () => {
    const answer = await client.send(new GetResourcePolicyCommand({ SecretId: item }));
    answered(answer.ARN, 'ARN');
    return resourcePolicy(answer.ResourcePolicy);
  });
  const replicas = isPrimary(secret, session)
    ? yield* readItem({ action: DESCRIBE, item }, async () => {
        const answer = await client.send(new DescribeSecretCommand({ SecretId: item }));
        answered(answer.ARN, 'ARN');
        return answer.ReplicationStatus ?? [];
      })
    : NO_REPLICAS;
  yield* toSecret(secret, session, { policy, replicas });
}

const NO_REPLICAS: Reading<readonly ReplicationStatusType[]> = { known: true, value: [] };

/** The listing names the primary region of secrets that are replicated; to which regions, only the primary says. */
const isPrimary = ({ PrimaryRegion }: SecretListEntry, { region }: Pick<AwsSession, 'region'>): boolean =>
  PrimaryRegion === region;

/** What other calls told about a secret. */
export interface SecretDetails {
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly replicas: Reading<readonly ReplicationStatusType[]>;
}

/** A secret and the function that rotates it. When it was last read or rotated changes by itself and is not copied. Throws TypeError on a record that makes no sense. */
export function* toSecret(
  secret: SecretListEntry,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { policy, replicas }: SecretDetails,
): Generator<Observation, void, undefined> {
  const arn = required(secret.ARN, 'ARN');
  const ref = arnRef('aws_secretsmanager_secret', arn);
  const rotation = secret.RotationRules;
  if (policy.known && policy.value) yield policy.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(secret.Name, 'Name'),
    properties: known({
      arn,
      name: secret.Name,
      region: session.region,
      encryption_key: secret.KmsKeyId ?? DEFAULT_KEY,
      rotation_enabled: secret.RotationEnabled ?? false,
      rotation_function: secret.RotationLambdaARN ?? null,
      rotation_role: secret.ExternalSecretRotationRoleArn ?? null,
      rotation_days: rotation?.AutomaticallyAfterDays ?? null,
      rotation_schedule: rotation?.ScheduleExpression ?? null,
      owning_service: secret.OwningService ?? null,
      primary_region: secret.PrimaryRegion ?? null,
      replicas: replicas.known ? replicaList(replicas.value) : undefined,
      created_at: moment(secret.CreatedDate),
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      tags: sortedTags(secret.Tags),
    }),
    api: LIST,
    property_apis: { resource_policy_hash: POLICY, ...(isPrimary(secret, session) ? { replicas: DESCRIBE } : {}) },
  };
  yield belongsTo(ref, session, LIST);
  if (secret.RotationLambdaARN) {
    yield {
      kind: 'edge',
      edge_type: 'INVOKES',
      from: ref,
      to: arnRef('aws_lambda_function', unqualified(secret.RotationLambdaARN)),
      stated_by: statedBy(arn, `RotationLambdaARN[${secret.RotationLambdaARN}]`),
      properties: {},
      api: LIST,
    };
  }
}

const replicaList = (replicas: readonly ReplicationStatusType[] | undefined): Json =>
  (replicas ?? [])
    .map(({ Region, KmsKeyId }) => ({ region: required(Region, 'Region'), encryption_key: KmsKeyId ?? DEFAULT_KEY }))
    .sort((a, b) => (a.region < b.region ? -1 : 1));
