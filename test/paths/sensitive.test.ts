import { describe, expect, test } from 'vitest';
import type { EntityType } from '../../src/observations/entity-types.ts';
import { type Sensitivity, sensitivityOf } from '../../src/paths/sensitive.ts';
import { anEntity, type Overrides, tagged } from '../graph/estate.ts';

const of = (type: EntityType, properties: Overrides): Sensitivity | null | undefined =>
  sensitivityOf(anEntity(type, 'arn:aws:x:eu-west-1:222222222222:thing', properties));

const TAGS = { tags: tagged({}) };
const untold = { tags: undefined };

describe('what makes a resource sensitive', () => {
  test.each<readonly [string, EntityType, Overrides, readonly [string, string] | null | undefined]>([
    [
      'a word of its owner',
      'aws_s3_bucket',
      { tags: tagged({ 'Data-Classification': 'pii' }) },
      ['data_classification', 'pii'],
    ],
    ['no word', 'aws_s3_bucket', TAGS, null],
    [
      'a word that says that it is harmless',
      'aws_s3_bucket',
      { tags: tagged({ 'data-classification': ' None ' }) },
      null,
    ],
    ['tags that nobody could read', 'aws_s3_bucket', untold, undefined],
    [
      'a word on a type that nobody derives access for',
      'foundry_model_deployment',
      { tags: tagged({ 'data-classification': 'internal' }) },
      ['data_classification', 'internal'],
    ],
    ['no tags on such a type', 'aws_bedrock_guardrail', untold, null],
    [
      'what another source says',
      'servicenow_table',
      { data_classification: 'Restricted' },
      ['data_classification', 'Restricted'],
    ],
    ['another source that says that it is harmless', 'servicenow_table', { data_classification: 'PUBLIC' }, null],
    ['a mark', 'aws_sqs_queue', { tags: tagged({ 'throughline-sensitive': 'true' }) }, ['mark', 'true']],
    ['a mark of another word', 'aws_sqs_queue', { tags: tagged({ 'throughline-sensitive': 'no' }) }, null],
    ['a mark that is a property', 'servicenow_table', { 'throughline-sensitive': true }, ['mark', 'true']],
    ['being a secret', 'aws_secretsmanager_secret', TAGS, ['kind', 'secret']],
    ['being a secret of which nobody could read the tags', 'aws_secretsmanager_secret', untold, ['kind', 'secret']],
    [
      'being a secret with a word',
      'aws_secretsmanager_secret',
      { tags: tagged({ 'data-classification': 'pci' }) },
      ['data_classification', 'pci'],
    ],
    ['being a key of a customer', 'aws_kms_key', { ...TAGS, manager: 'CUSTOMER' }, ['kind', 'key']],
    ['being a key of AWS', 'aws_kms_key', { ...TAGS, manager: 'AWS' }, null],
    ['being a key of nobody knows whom', 'aws_kms_key', TAGS, undefined],
    ['being a secure parameter', 'aws_ssm_parameter', { ...TAGS, type: 'SecureString' }, ['kind', 'secure parameter']],
    ['being a plain parameter', 'aws_ssm_parameter', { ...TAGS, type: 'String' }, null],
    [
      'a word on something that is no resource',
      'aws_iam_role',
      { tags: tagged({ 'data-classification': 'pii' }) },
      null,
    ],
  ])('%s', (_, type, properties, expected) => {
    const found = of(type, properties);
    expect(found && [found.reason, found.value]).toEqual(expected);
    if (found) expect(found.evidence).toMatchObject([{ kind: 'property', api: 'iam:GetAccountAuthorizationDetails' }]);
  });
});
