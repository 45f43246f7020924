import type { EntityType } from '../observations/entity-types.ts';

/** What an identity can do with a resource, weakest first. */
export const ACCESS_LEVELS = ['List', 'Read', 'Write', 'Admin'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** What stands for a level on a resource: whoever may do one of the actions has the level. */
export interface LevelActions {
  readonly level: AccessLevel;
  readonly actions: readonly string[];
  /** `whole`: asked of the resource's own ARN. `parts`: also of parts that policies name. `parts_only`: its own ARN means nothing to the action. */
  readonly on: 'whole' | 'parts' | 'parts_only';
}

/** How the resources of a type are asked for. */
export interface AccessTable {
  readonly levels: readonly LevelActions[];
  /** What stands between the ARN of the resource and the name of a part. */
  readonly part_separator?: string;
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

const NO_ACCESS: AccessTable = { levels: [] };

/** The levels of a type of resource and the actions that stand for them; no levels where the type is none that access is derived for. */
export const accessTable = (type: EntityType): AccessTable => TABLES[type] ?? NO_ACCESS;

/** Whether access to things of this type is derived. */
export const hasAccessLevels = (type: EntityType): boolean => TABLES[type] !== undefined;
