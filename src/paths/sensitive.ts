import { hasAccessLevels } from '../graph/access-levels.ts';
import { seenBy } from '../graph/attached-policies.ts';
import type { GraphEntity } from '../graph/documents.ts';
import type { PropertyEvidence } from '../graph/evidence.ts';
import { tagsOf } from '../graph/properties.ts';
import type { Json } from '../kernel/canonical.ts';

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
const TAG = 'data-classification';

/** Classifications that say that there is nothing to protect. Any other word is taken at its word: somebody found it worth a tag. */
const HARMLESS: ReadonlySet<string> = new Set(['', 'none', 'public']);

/** Why the resource is sensitive; null where it is not, undefined where its tags could not be read. */
export function sensitivityOf(entity: GraphEntity): Sensitivity | null | undefined {
  if (!hasAccessLevels(entity.entity_type)) return null;
  const tags = tagsOf(entity);
  if (!tags) return undefined;
  const found = Object.entries(tags).find(
    ([key, value]) => key.toLowerCase() === TAG && !HARMLESS.has(value.trim().toLowerCase()),
  );
  if (!found) return null;
  const [key, value] = found;
  return { reason: 'data_classification', value, evidence: tagEvidence(entity, key, { key, value }) };
}

function tagEvidence(entity: GraphEntity, key: string, value: Json): readonly PropertyEvidence[] {
  const seen = seenBy(entity, 'tags');
  return seen ? [{ kind: 'property', ...seen, source_field_path: `tags[${key}]`, value }] : [];
}
