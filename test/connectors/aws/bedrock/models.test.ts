import {
  BedrockClient,
  GetCustomModelCommand,
  GetGuardrailCommand,
  GetImportedModelCommand,
  GetModelCustomizationJobCommand,
  GetModelImportJobCommand,
  GetModelInvocationLoggingConfigurationCommand,
  ListCustomModelsCommand,
  ListGuardrailsCommand,
  ListImportedModelsCommand,
  ListInferenceProfilesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { customModels } from '../../../../src/connectors/aws/bedrock/custom-models.ts';
import { guardrails } from '../../../../src/connectors/aws/bedrock/guardrails.ts';
import { importedModels } from '../../../../src/connectors/aws/bedrock/imported-models.ts';
import { inferenceProfiles } from '../../../../src/connectors/aws/bedrock/inference-profiles.ts';
import { invocationLogging } from '../../../../src/connectors/aws/bedrock/invocation-logging.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const bedrock = mockClient(BedrockClient);
const arn = (resource: string) => `arn:aws:bedrock:${REGION}:${ACCOUNT}:${resource}`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const WHEN = new Date('2026-01-02T03:04:05Z');
const TAGS = { tags: [{ key: 'data', value: 'pii' }] };

beforeEach(() => {
  bedrock.reset();
  bedrock.on(ListTagsForResourceCommand).resolves(TAGS);
});

const stored = (edges: Awaited<ReturnType<typeof look>>['edges']) =>
  edges
    .filter(({ edge_type }) => edge_type === 'STORED_IN')
    .map(({ to, properties }) => [properties.purpose, to.entity_type, to.source_record_id]);

describe('a custom model', () => {
  const ARN = arn('custom-model/amazon.nova/abc');
  const JOB = arn('model-customization-job/j');
  const SUMMARY = { modelArn: ARN, modelName: 'tone', creationTime: WHEN, baseModelArn: 'b', baseModelName: 'nova' };
  const MODEL = {
    modelArn: ARN,
    modelName: 'tone',
    jobArn: JOB,
    creationTime: WHEN,
    hyperParameters: { epochCount: 'secret' },
    trainingDataConfig: { s3Uri: 's3://mails/train.jsonl' },
    validationDataConfig: { validators: [{ s3Uri: 's3://mails/a' }, { s3Uri: 's3://mails/b' }] },
    outputDataConfig: { s3Uri: 's3://results/out/' },
  };
  beforeEach(() => {
    bedrock.on(ListCustomModelsCommand).resolves({ modelSummaries: [SUMMARY] });
    bedrock.on(GetCustomModelCommand).resolves(MODEL);
    bedrock.on(GetModelCustomizationJobCommand).resolves({ roleArn: role('trainer') });
  });

  it('names the buckets of its data and the role that read them', async () => {
    const { nodes, edges, row } = await look(customModels);
    expect(row.status).toBe('complete');
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_bedrock_custom_model',
      source_record_id: ARN,
      properties: { job_arn: JOB, job_role_arn: role('trainer'), tags: [{ key: 'data', value: 'pii' }] },
    });
    expect(stored(edges)).toEqual([
      ['training_data', 'aws_s3_bucket', 'arn:aws:s3:::mails'],
      ['validation_data', 'aws_s3_bucket', 'arn:aws:s3:::mails'],
      ['output_data', 'aws_s3_bucket', 'arn:aws:s3:::results'],
    ]);
    expect(new Set(edges.map(({ stated_by }) => stated_by.source_field_path)).size).toBe(edges.length);
  });

  it('of another account is left to it', async () => {
    await look(customModels);
    expect(bedrock.commandCalls(ListCustomModelsCommand)[0]?.args[0].input).toMatchObject({ isOwned: true });
  });

  it('whose job AWS has forgotten has no known role, and no gap', async () => {
    bedrock.on(GetModelCustomizationJobCommand).rejects(awsError('ResourceNotFoundException'));
    const { nodes, row } = await look(customModels);
    expect(nodes[0]?.properties.job_role_arn).toBeNull();
    expect(row.status).toBe('complete');
  });

  it('whose job may not be read leaves the role out', async () => {
    bedrock.on(GetModelCustomizationJobCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(customModels);
    expect(nodes[0]?.properties).not.toHaveProperty('job_role_arn');
    expect(gaps).toEqual([expect.objectContaining({ action: 'bedrock:GetModelCustomizationJob', item: JOB })]);
  });

  it('that may not be described says nothing of its role or data', async () => {
    bedrock.on(GetCustomModelCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, edges } = await look(customModels);
    for (const name of ['job_arn', 'job_role_arn', 'encryption_key'])
      expect(nodes[0]?.properties).not.toHaveProperty(name);
    expect(stored(edges)).toEqual([]);
  });

  it('without an ARN is one gap', async () => {
    bedrock.on(ListCustomModelsCommand).resolves({ modelSummaries: [{ ...SUMMARY, modelArn: undefined }, SUMMARY] });
    const { nodes, gaps } = await look(customModels);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'tone' })]);
  });

  it('is not there only when AWS gives a list without it', async () => {
    bedrock.on(ListCustomModelsCommand).resolves({});
    expect((await look(customModels)).row.status).toBe('failed');
  });
});

describe('an imported model', () => {
  const ARN = arn('imported-model/m');
  beforeEach(() => {
    bedrock
      .on(ListImportedModelsCommand)
      .resolves({ modelSummaries: [{ modelArn: ARN, modelName: 'llama', creationTime: WHEN }] });
    bedrock.on(GetImportedModelCommand).resolves({
      modelArn: ARN,
      jobArn: arn('model-import-job/j'),
      modelDataSource: { s3DataSource: { s3Uri: 's3://weights/llama/' } },
    });
    bedrock.on(GetModelImportJobCommand).resolves({ roleArn: role('importer') });
  });

  it('names the bucket that it came from and the role that read it', async () => {
    const { nodes, edges, row } = await look(importedModels);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_bedrock_imported_model',
      properties: { job_role_arn: role('importer') },
    });
    expect(stored(edges)).toEqual([['model_data', 'aws_s3_bucket', 'arn:aws:s3:::weights']]);
    expect(row.status).toBe('complete');
  });

  it('without a job has no role', async () => {
    bedrock.on(GetImportedModelCommand).resolves({ modelArn: ARN });
    const { nodes, edges } = await look(importedModels);
    expect(nodes[0]?.properties).toMatchObject({ job_arn: null, job_role_arn: null });
    expect(stored(edges)).toEqual([]);
    expect(bedrock.commandCalls(GetModelImportJobCommand)).toHaveLength(0);
  });
});

describe('a guardrail', () => {
  const ARN = arn('guardrail/g1');
  const SUMMARY = {
    id: 'g1',
    arn: ARN,
    name: 'polite',
    status: 'READY',
    version: 'DRAFT',
    createdAt: WHEN,
    updatedAt: WHEN,
  } as const;
  const GUARDRAIL = {
    guardrailArn: ARN,
    blockedInputMessaging: 'a secret',
    topicPolicy: { topics: [{ name: 'a secret', definition: 'a secret' }] },
    wordPolicy: { words: [{ text: 'a secret' }] },
    kmsKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/k',
  };
  beforeEach(() => {
    bedrock.on(ListGuardrailsCommand).resolves({ guardrails: [SUMMARY] });
    bedrock.on(GetGuardrailCommand).resolves(GUARDRAIL);
  });

  it('says which policies it has, and nothing of what they say', async () => {
    const { nodes, observations, row } = await look(guardrails);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_bedrock_guardrail',
      source_record_id: ARN,
      properties: { policies: ['topic', 'word'], encryption_key: GUARDRAIL.kmsKeyArn },
    });
    expect(JSON.stringify(observations)).not.toContain('a secret');
    expect(row.status).toBe('complete');
  });

  it('that may not be read has unknown policies, not none', async () => {
    bedrock.on(GetGuardrailCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, row } = await look(guardrails);
    expect(nodes[0]?.properties).not.toHaveProperty('policies');
    expect(row.status).toBe('denied');
  });
});

describe('an inference profile', () => {
  const ARN = arn('application-inference-profile/p');
  const aProfile = (overrides = {}) => ({
    inferenceProfileName: 'support',
    inferenceProfileArn: ARN,
    inferenceProfileId: 'p',
    models: [{ modelArn: 'arn:b' }, { modelArn: 'arn:a' }],
    status: 'ACTIVE' as const,
    type: 'APPLICATION' as const,
    ...overrides,
  });

  it('names its models and its tags', async () => {
    bedrock.on(ListInferenceProfilesCommand).resolves({ inferenceProfileSummaries: [aProfile()] });
    const { nodes } = await look(inferenceProfiles);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_bedrock_inference_profile',
      properties: { models: ['arn:a', 'arn:b'], tags: [{ key: 'data', value: 'pii' }] },
    });
  });

  it('of AWS is left out', async () => {
    const inferenceProfileSummaries = [aProfile({ type: 'SYSTEM_DEFINED' })];
    bedrock.on(ListInferenceProfilesCommand).resolves({ inferenceProfileSummaries });
    expect((await look(inferenceProfiles)).observations).toEqual([]);
    expect(bedrock.commandCalls(ListInferenceProfilesCommand)[0]?.args[0].input).toMatchObject({
      typeEquals: 'APPLICATION',
    });
  });

  it('without models makes no sense', async () => {
    bedrock.on(ListInferenceProfilesCommand).resolves({ inferenceProfileSummaries: [aProfile({ models: undefined })] });
    expect((await look(inferenceProfiles)).gaps).toEqual([
      expect.objectContaining({ code: 'unreadable_item', item: ARN }),
    ]);
  });
});

describe('the logging of invocations', () => {
  it('names where what is said to models is kept, and of which kinds', async () => {
    bedrock.on(GetModelInvocationLoggingConfigurationCommand).resolves({
      loggingConfig: {
        cloudWatchConfig: {
          logGroupName: '/bedrock',
          roleArn: role('logs'),
          largeDataDeliveryS3Config: { bucketName: 'large' },
        },
        s3Config: { bucketName: 'logs' },
        imageDataDeliveryEnabled: false,
      },
    });
    const { nodes, edges } = await look(invocationLogging);
    expect(nodes[0]).toMatchObject({
      entity_type: 'aws_bedrock_invocation_logging',
      properties: {
        logged: ['audio', 'embedding', 'text', 'video'],
        log_group: '/bedrock',
        role_arn: role('logs'),
        buckets: ['logs', 'large'],
      },
    });
    expect(stored(edges)).toEqual([
      ['log', 'aws_log_group', `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/bedrock`],
      ['log', 'aws_s3_bucket', 'arn:aws:s3:::logs'],
      ['large_data_log', 'aws_s3_bucket', 'arn:aws:s3:::large'],
    ]);
  });

  it('that is off is nothing', async () => {
    bedrock.on(GetModelInvocationLoggingConfigurationCommand).resolves({});
    expect(await look(invocationLogging)).toMatchObject({ observations: [], row: { status: 'complete' } });
  });

  it('that may not be read is a gap', async () => {
    bedrock.on(GetModelInvocationLoggingConfigurationCommand).rejects(awsError('AccessDeniedException'));
    expect((await look(invocationLogging)).row.status).toBe('denied');
  });
});
