import { describe, expect, it } from 'vitest';
import { type AccessLevel, accessTable, hasAccessLevels, type LevelActions } from '../../src/graph/access-levels.ts';
import { ENTITY_TYPES, type EntityType } from '../../src/observations/entity-types.ts';
import { type ActionLevel, actionFacts } from '../../src/policy/action-facts.ts';

/** What AWS may call the actions of each of our levels: whoever hands out rights or ends a resource rules over it. */
const AT_AWS: Readonly<Record<AccessLevel, readonly ActionLevel[]>> = {
  List: ['List'],
  Read: ['Read'],
  Write: ['Write'],
  Admin: ['Write', 'Permissions management'],
};

/** Actions with which content is read, although they make something, so that AWS calls them writes. */
const READS_BY_MAKING_SOMETHING: readonly string[] = [
  'dynamodb:ExportTableToPointInTime',
  'sns:Subscribe',
  // With a key, reading is deciphering.
  'kms:Decrypt',
  'kms:ReEncryptFrom',
];

/** The names, at AWS, of a resource and of its parts. */
const NAMES: Readonly<Partial<Record<EntityType, { readonly whole: string; readonly part?: string }>>> = {
  aws_dynamodb_table: { whole: 'table', part: 'index' },
  aws_s3_bucket: { whole: 'bucket', part: 'object' },
  aws_sns_topic: { whole: 'topic' },
  aws_secretsmanager_secret: { whole: 'Secret' },
  aws_ssm_parameter: { whole: 'parameter' },
  aws_kms_key: { whole: 'key' },
  aws_sqs_queue: { whole: 'queue' },
  aws_bedrock_knowledge_base: { whole: 'knowledge-base' },
  aws_ecr_repository: { whole: 'repository' },
  aws_event_bus: { whole: 'event-bus' },
};

const isEntityType = (name: string): name is EntityType => Object.hasOwn(ENTITY_TYPES, name);
const types = Object.keys(ENTITY_TYPES).filter(isEntityType).filter(hasAccessLevels);
const stated = types.flatMap((type) =>
  accessTable(type).levels.flatMap(({ level, on, actions }) => actions.map((action) => ({ type, level, on, action }))),
);

describe('the actions that stand for an access level', () => {
  it('are of types whose names at AWS this test knows', () => {
    expect(types.toSorted()).toEqual(Object.keys(NAMES).toSorted());
  });

  it.each(stated)('$action: $level', ({ action, level }) => {
    const made = level === 'Read' && READS_BY_MAKING_SOMETHING.includes(action);
    expect(made ? ['Write'] : AT_AWS[level]).toContain(actionFacts(action)?.access_level);
  });

  it.each(READS_BY_MAKING_SOMETHING)('%s is one of them, so that it needs its exception here', (action) => {
    expect(stated).toContainEqual(expect.objectContaining({ action, level: 'Read' }));
  });

  it.each(stated)('$action is written as AWS writes it', ({ action }) => {
    expect(actionFacts(action)?.action).toBe(action);
  });

  it.each(stated)('$action is asked of what it acts on: $on', ({ type, on, action }) => {
    const acts_on = actionFacts(action)?.resource_types ?? [];
    const { whole = '', part = '' } = NAMES[type] ?? {};
    const asked: LevelActions['on'] = !acts_on.includes(part)
      ? 'whole'
      : acts_on.includes(whole)
        ? 'parts'
        : 'parts_only';
    // A path is named like what lies below it.
    expect(on === 'above' ? 'whole' : on).toBe(asked);
    expect(acts_on).toContain(on === 'parts_only' ? part : whole);
  });
});
