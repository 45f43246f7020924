import * as z from 'zod';
import type { Correlation } from '../correlations/correlation.ts';
import type { CanonicalIdentity } from '../correlations/identity.ts';
import type { Json } from '../kernel/canonical.ts';
import type { EntityReference, Path } from '../paths/path.ts';

const BriefEntity = z.object({
  entity_type: z.string(),
  source_record_id: z.string(),
  display_name: z.string(),
});

const BriefPath = z.object({
  workload: BriefEntity,
  resource: BriefEntity,
  access_level: z.string(),
  verdict: z.enum(['allowed', 'conditional']),
  /** Sentences of what must hold. */
  conditions: z.array(z.string()),
  /** From, how, to: by name. */
  hops: z.array(z.object({ edge_type: z.string(), from: z.string(), to: z.string() })),
});

/** A path as short as a person needs it. */
export type BriefPath = z.infer<typeof BriefPath>;

export const briefOfPath = (path: Omit<Path, '_id' | 'path_hash'>): BriefPath => ({
  workload: briefEntity(path.workload),
  resource: briefEntity(path.resource),
  access_level: path.access_level,
  verdict: path.verdict,
  conditions: path.conditions.map(({ sentence }) => sentence),
  hops: path.hops.map(({ edge_type, from, to }) => ({ edge_type, from: from.display_name, to: to.display_name })),
});

/** What an entry about a path holds; undefined where it is none. */
export function briefPathOf(value: Json | undefined): BriefPath | undefined {
  const parsed = BriefPath.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** A correlation in an entry: the rule, the two sides, and what they agree on. */
export const briefOfCorrelation = ({ rule_id, effect, left, right, evidence }: Correlation): Json => ({
  rule_id,
  effect,
  left: briefEntity(left),
  right: briefEntity(right),
  keys: evidence.map(({ key }) => key),
});

/** An identity in an entry: its name, records and rules. */
export const briefOfIdentity = ({ entity_type, display_name, source_records, rules }: CanonicalIdentity): Json => ({
  entity_type,
  display_name,
  source_records: source_records.map(briefEntity),
  rules,
});

const briefEntity = ({
  entity_type,
  source_record_id,
  display_name,
}: Pick<EntityReference, 'entity_type' | 'source_record_id' | 'display_name'>) => ({
  entity_type,
  source_record_id,
  display_name,
});
