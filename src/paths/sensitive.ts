import { hasAccessLevels } from '../graph/access-levels.ts';
import { seenBy } from '../graph/attached-policies.ts';
import type { GraphEntity } from '../graph/documents.ts';
import type { PropertyEvidence } from '../graph/evidence.ts';
import { tagsOf, textOf } from '../graph/properties.ts';
import type { Json } from '../kernel/canonical.ts';
import { isEntityType, kindOf } from '../observations/entity-types.ts';

/** What can make a resource worth a path. `administrator`: of an account, which such a one may do everything in. */
export const SENSITIVITY_REASONS = ['data_classification', 'kind', 'mark', 'administrator'] as const;
export type SensitivityReason = (typeof SENSITIVITY_REASONS)[number];

/** Why a resource is worth a path. */
export interface Sensitivity {
  readonly reason: SensitivityReason;
  /** The classification or mark as its owner wrote it: `pii`; else what it is: `secret`, `key`; of an administrator, the account. */
  readonly value: string;
  readonly evidence: readonly PropertyEvidence[];
}

/** The tag by which owners classify data; in any case, since nothing enforces one. */
const CLASSIFICATION_TAG = 'data-classification';

/** What sources other than AWS say of their data. */
const CLASSIFICATION = 'data_classification';

/** The tag, or property, by which an owner says that a resource matters, whatever it is. */
const MARK = 'throughline-sensitive';

/** Classifications that say that there is nothing to protect. Any other word is taken at its word: somebody found it worth a tag. */
const HARMLESS: ReadonlySet<string> = new Set(['', 'none', 'public']);

/** Why the resource is sensitive; null where it is not, undefined where what decides it could not be read. */
export function sensitivityOf(entity: GraphEntity): Sensitivity | null | undefined {
  if (!isEntityType(entity.entity_type) || kindOf(entity.entity_type) !== 'resource') return null;
  const byKind = sensitiveKind(entity);
  const stated = classified(entity) ?? marked(entity) ?? byKind;
  if (stated) return stated;
  const untold = tagsOf(entity) === undefined && hasAccessLevels(entity.entity_type);
  return untold || byKind === undefined ? undefined : null;
}

function classified(entity: GraphEntity): Sensitivity | undefined {
  const tag = tagOf(entity, CLASSIFICATION_TAG, (value) => !HARMLESS.has(value));
  if (tag) return { reason: 'data_classification', value: tag.value, evidence: tagEvidence(entity, tag) };
  const value = textOf(entity, CLASSIFICATION);
  if (!value || HARMLESS.has(value.trim().toLowerCase())) return undefined;
  return { reason: 'data_classification', value, evidence: propertyEvidence(entity, CLASSIFICATION, value) };
}

function marked(entity: GraphEntity): Sensitivity | undefined {
  const tag = tagOf(entity, MARK, (value) => value === 'true');
  if (tag) return { reason: 'mark', value: tag.value, evidence: tagEvidence(entity, tag) };
  const mark = entity.properties[MARK];
  if (mark !== true && mark !== 'true') return undefined;
  return { reason: 'mark', value: 'true', evidence: propertyEvidence(entity, MARK, mark) };
}

/** What is sensitive by being what it is; undefined where that depends on something that nobody could read. */
function sensitiveKind(entity: GraphEntity): Sensitivity | null | undefined {
  switch (entity.entity_type) {
    case 'aws_secretsmanager_secret':
      return { reason: 'kind', value: 'secret', evidence: recordEvidence(entity) };
    case 'aws_kms_key':
      // Keys that AWS manages can be used by nobody but its services.
      return ofKind(entity, { property: 'manager', wanted: 'CUSTOMER', value: 'key' });
    case 'aws_ssm_parameter':
      return ofKind(entity, { property: 'type', wanted: 'SecureString', value: 'secure parameter' });
    default:
      return null;
  }
}

interface Kind {
  readonly property: string;
  readonly wanted: string;
  readonly value: string;
}

function ofKind(entity: GraphEntity, { property, wanted, value }: Kind): Sensitivity | null | undefined {
  const known = textOf(entity, property);
  if (known === undefined) return undefined;
  return known === wanted ? { reason: 'kind', value, evidence: propertyEvidence(entity, property, known) } : null;
}

interface Tag {
  readonly key: string;
  readonly value: string;
}

/** The tag of a name, in any case, with a value that is wanted. */
function tagOf(entity: GraphEntity, name: string, wanted: (value: string) => boolean): Tag | undefined {
  const tags = tagsOf(entity);
  if (!tags) return undefined;
  for (const [key, value] of Object.entries(tags)) {
    if (key.toLowerCase() === name && wanted(value.trim().toLowerCase())) return { key, value };
  }
  return undefined;
}

const tagEvidence = (entity: GraphEntity, { key, value }: Tag): readonly PropertyEvidence[] =>
  propertyEvidence(entity, 'tags', { key, value }, `tags[${key}]`);

function propertyEvidence(
  entity: GraphEntity,
  property: string,
  value: Json,
  source_field_path: string = property,
): readonly PropertyEvidence[] {
  const seen = seenBy(entity, property);
  return seen ? [{ kind: 'property', ...seen, source_field_path, value }] : [];
}

/** That the record was seen at all, as what it is. */
function recordEvidence({ entity_type, lineage_records }: GraphEntity): readonly PropertyEvidence[] {
  const [seen] = lineage_records;
  return seen ? [{ kind: 'property', ...seen, value: entity_type }] : [];
}
