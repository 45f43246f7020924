import { AccessAnalyzerClient, CreateAnalyzerCommand } from '@aws-sdk/client-accessanalyzer';
import { BedrockClient, CreateGuardrailCommand } from '@aws-sdk/client-bedrock';
import { CloudTrailClient, CreateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { ConfigServiceClient, PutConfigRuleCommand } from '@aws-sdk/client-config-service';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Aws, ClientSettings } from '../../tools/local/aws/aws.ts';

/** What there is of every category: one thing that may go wrong, and its sibling. S3 puts the account's id behind. */
export const ODD = 'matrix-odd';
const SIBLING = 'matrix-sibling';

/** A ZIP archive in which there is nothing. */
const NOTHING = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['lambda.amazonaws.com', 'states.amazonaws.com'] },
      Action: 'sts:AssumeRole',
    },
  ],
});

/** Makes two things of every category in an account. */
export async function seedCategories(aws: Aws, account: string): Promise<void> {
  const opened: { destroy(): void }[] = [];
  const root = <Client extends { destroy(): void }>(service: new (settings: ClientSettings) => Client): Client => {
    const client = new service(aws.client(account));
    opened.push(client);
    return client;
  };
  try {
    for (const name of [ODD, SIBLING]) await seedOne(root, { name, account });
  } finally {
    for (const client of opened) client.destroy();
  }
}

type Root = <Client extends { destroy(): void }>(service: new (settings: ClientSettings) => Client) => Client;

async function seedOne(root: Root, { name, account }: { name: string; account: string }): Promise<void> {
  const made = await root(IAMClient).send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: TRUST }));
  const role = made.Role?.Arn;
  await root(LambdaClient).send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: NOTHING },
    }),
  );
  await root(BedrockClient).send(
    new CreateGuardrailCommand({
      name,
      blockedInputMessaging: 'no',
      blockedOutputsMessaging: 'no',
      wordPolicyConfig: { wordsConfig: [{ text: 'x' }] },
    }),
  );
  await root(ECRClient).send(new CreateRepositoryCommand({ repositoryName: name }));
  const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Succeed' } } });
  await root(SFNClient).send(new CreateStateMachineCommand({ name, roleArn: role, definition }));
  await root(EventBridgeClient).send(new CreateEventBusCommand({ Name: name }));
  const Bucket = `${name}-${account}`;
  await root(S3Client).send(new CreateBucketCommand({ Bucket }));
  await root(S3Client).send(
    new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'matrix' }] } }),
  );
  await root(SecretsManagerClient).send(new CreateSecretCommand({ Name: name, SecretString: 'x' }));
  await root(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await root(CloudTrailClient).send(new CreateTrailCommand({ Name: name, S3BucketName: `${name}-${account}` }));
  // One of external access would find its findings new at every look: the stand-in says of them that they were made just now.
  await root(AccessAnalyzerClient).send(
    new CreateAnalyzerCommand({ analyzerName: name, type: 'ACCOUNT_UNUSED_ACCESS' }),
  );
  await root(ConfigServiceClient).send(
    new PutConfigRuleCommand({
      ConfigRule: { ConfigRuleName: name, Source: { Owner: 'AWS', SourceIdentifier: 'ACCESS_KEYS_ROTATED' } },
    }),
  );
}
