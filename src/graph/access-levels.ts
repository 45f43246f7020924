import type { EntityType } from '../observations/entity-types.ts';

/** What an identity can do with a resource, weakest first. */
export const ACCESS_LEVELS = ['List', 'Read', 'Write', 'Admin'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** What stands for a level on a resource: whoever may do one of the actions has the level. */
export interface LevelActions {
  readonly level: AccessLevel;
  readonly actions: readonly string[];
  /**
   * `whole`: asked of the resource's own ARN. `parts`: also of parts that policies name. `parts_only`: its own ARN means nothing to
   * the action. `above`: asked of the paths that it lies below.
   */
  readonly on: 'whole' | 'parts' | 'parts_only' | 'above';
}

/** How the resources of a type are asked for. */
export interface AccessTable {
  readonly levels: readonly LevelActions[];
  /** What stands between the ARN of the resource and the name of a part. */
  readonly part_separator?: string;
  /** AWS has no policies on things of this type. */
  readonly without_policy?: true;
}

/**
 * Representative actions for each type and level: those that get or change content, and those that hand out rights.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const TABLES: Partial<Record<EntityType, AccessTable>> = {
  aws_dynamodb_table: {
    part_separator: '/index/',
    levels: [
      {
        level: 'Read',
        on: 'whole',
        actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:ExportTableToPointInTime'],
      },
      { level: 'Read', on: 'parts', actions: ['dynamodb:Query', 'dynamodb:Scan', 'dynamodb:PartiQLSelect'] },
      {
        level: 'Write',
        on: 'whole',
        actions: [
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:PartiQLInsert',
          'dynamodb:PartiQLUpdate',
          'dynamodb:PartiQLDelete',
        ],
      },
      {
        level: 'Admin',
        on: 'whole',
        actions: ['dynamodb:PutResourcePolicy', 'dynamodb:DeleteTable', 'dynamodb:UpdateTable'],
      },
    ],
  },
  aws_s3_bucket: {
    part_separator: '/',
    levels: [
      { level: 'List', on: 'whole', actions: ['s3:ListBucket', 's3:ListBucketVersions'] },
      { level: 'Read', on: 'parts_only', actions: ['s3:GetObject', 's3:GetObjectVersion'] },
      { level: 'Write', on: 'parts_only', actions: ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'] },
      { level: 'Admin', on: 'whole', actions: ['s3:PutBucketPolicy', 's3:PutBucketAcl', 's3:DeleteBucket'] },
    ],
  },
  aws_sns_topic: {
    levels: [
      { level: 'List', on: 'whole', actions: ['sns:ListSubscriptionsByTopic'] },
      { level: 'Read', on: 'whole', actions: ['sns:Subscribe'] },
      { level: 'Write', on: 'whole', actions: ['sns:Publish'] },
      { level: 'Admin', on: 'whole', actions: ['sns:AddPermission', 'sns:SetTopicAttributes', 'sns:DeleteTopic'] },
    ],
  },
};

const whole = (level: AccessLevel, ...actions: readonly string[]): LevelActions => ({ level, on: 'whole', actions });

/** Types all of whose actions are asked of the resource itself. */
const PLAIN_TABLES: Partial<Record<EntityType, AccessTable>> = {
  aws_secretsmanager_secret: {
    levels: [
      whole('Read', 'secretsmanager:GetSecretValue'),
      whole('Write', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecret'),
      whole('Admin', 'secretsmanager:PutResourcePolicy', 'secretsmanager:DeleteSecret'),
    ],
  },
  aws_ssm_parameter: {
    levels: [
      whole('Read', 'ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParameterHistory'),
      // Whoever may read a path reads everything below it.
      // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
      { level: 'Read', on: 'above', actions: ['ssm:GetParametersByPath'] },
      whole('Write', 'ssm:PutParameter'),
      whole('Admin', 'ssm:PutResourcePolicy', 'ssm:DeleteParameter', 'ssm:DeleteParameters'),
    ],
  },
  aws_kms_key: {
    levels: [
      whole('Read', 'kms:Decrypt', 'kms:ReEncryptFrom'),
      whole('Write', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:Sign', 'kms:GenerateMac'),
      whole('Admin', 'kms:PutKeyPolicy', 'kms:CreateGrant', 'kms:ScheduleKeyDeletion', 'kms:DisableKey'),
    ],
  },
  aws_sqs_queue: {
    levels: [
      whole('Read', 'sqs:ReceiveMessage'),
      whole('Write', 'sqs:SendMessage', 'sqs:DeleteMessage', 'sqs:PurgeQueue'),
      whole('Admin', 'sqs:AddPermission', 'sqs:SetQueueAttributes', 'sqs:DeleteQueue'),
    ],
  },
  aws_bedrock_knowledge_base: {
    without_policy: true,
    levels: [
      whole('List', 'bedrock:ListKnowledgeBaseDocuments'),
      whole('Read', 'bedrock:Retrieve', 'bedrock:GetKnowledgeBaseDocuments'),
      whole('Write', 'bedrock:IngestKnowledgeBaseDocuments', 'bedrock:StartIngestionJob'),
      whole('Admin', 'bedrock:UpdateKnowledgeBase', 'bedrock:DeleteKnowledgeBase'),
    ],
  },
  aws_ecr_repository: {
    levels: [
      whole('List', 'ecr:ListImages'),
      whole('Read', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'),
      whole('Write', 'ecr:PutImage', 'ecr:BatchDeleteImage'),
      whole('Admin', 'ecr:SetRepositoryPolicy', 'ecr:DeleteRepository'),
    ],
  },
  aws_event_bus: {
    levels: [whole('Write', 'events:PutEvents'), whole('Admin', 'events:DeleteEventBus')],
  },
};

const NO_ACCESS: AccessTable = { levels: [] };

/** The levels of a type of resource and the actions that stand for them; no levels where the type is none that access is derived for. */
export const accessTable = (type: EntityType): AccessTable => TABLES[type] ?? PLAIN_TABLES[type] ?? NO_ACCESS;

/** Whether access to things of this type is derived. */
export const hasAccessLevels = (type: EntityType): boolean => accessTable(type) !== NO_ACCESS;
