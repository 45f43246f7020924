import * as z from 'zod';
import type { CorrelationEvidence } from '../../../src/correlations/correlation.ts';
import type { PresentedField } from '../../../src/correlations/rule.ts';
import { ACCESS_LEVELS } from '../../../src/graph/access-levels.ts';
import type { EntityName } from '../../../src/graph/documents.ts';
import type { EdgeEvidence, PropertyEvidence, StatementEvidence } from '../../../src/graph/evidence.ts';
import { EDGE_TYPES, ENTITY_TYPES, type EntityType } from '../../../src/observations/entity-types.ts';
import {
  type Chain,
  type EntityReference,
  HOP_TYPES,
  type Hop,
  type PathCondition,
  type RuleEvidence,
} from '../../../src/paths/path.ts';
import { SENSITIVITY_REASONS, type Sensitivity } from '../../../src/paths/sensitive.ts';
import type { AllOf, AnyOf, OpenCondition, OpenTest } from '../../../src/policy/index.ts';
import type { StitchedPath } from '../../../src/stitch/stitched-path.ts';
import { AnyJson, exactly, Time } from './exactly.ts';

const isEntityType = (name: string): name is EntityType => Object.hasOwn(ENTITY_TYPES, name);
export const TypeOfEntity = z.enum(Object.keys(ENTITY_TYPES).filter(isEntityType));

/** An entity as paths name it. */
export const EntityReferenceAnswer = exactly<EntityReference>()(
  z.strictObject({
    id: z.string(),
    entity_type: TypeOfEntity,
    source_system_id: z.string(),
    source_record_id: z.string().describe("The ARN, or the source's own immutable id"),
    display_name: z.string(),
    observed: z.boolean().describe('Somebody saw it; else others name it and nothing more is known'),
    account_id: z.string().exactOptional(),
  }),
).meta({ id: 'EntityReference' });

const TEST = {
  operator: z.string().describe('As AWS writes it: `ForAnyValue:StringLikeIfExists`'),
  key: z.string().describe('The condition key, or `Resource`'),
  values: z.array(z.string()),
  negated: z.literal(true).exactOptional(),
  disputed: z.string().exactOptional().describe("Why AWS's documentation leaves open whether this holds"),
};
const conditions = () => z.array(z.lazy(() => Condition));
const allOf = () => ({ all_of: conditions(), negated: z.literal(true).exactOptional() });
const anyOf = () => ({ any_of: conditions() });

/** What a verdict depends on, as a tree. */
export const Condition: z.ZodType<OpenCondition> = z
  .union([
    exactly<OpenTest>()(z.strictObject(TEST)),
    exactly<AllOf>()(z.strictObject(allOf())),
    exactly<AnyOf>()(z.strictObject(anyOf())),
  ])
  .meta({ id: 'Condition' });

const SENTENCE = { sentence: z.string().describe('The condition in words') };
const ConditionAnswer = exactly<PathCondition>()(
  z.union([
    z.strictObject({ ...TEST, ...SENTENCE }),
    z.strictObject({ ...allOf(), ...SENTENCE }),
    z.strictObject({ ...anyOf(), ...SENTENCE }),
  ]),
).meta({ id: 'PathCondition' });

export const LINEAGE = {
  source_system_id: z.string(),
  source_record_id: z.string(),
  source_field_path: z.string(),
  api: z.string().describe('The call that showed it'),
  observed_at: Time,
  run_id: z.string(),
};

const StatementAnswer = exactly<StatementEvidence>()(
  z.strictObject({
    kind: z.literal('statement'),
    side: z.enum(['identity', 'boundary', 'scp', 'rcp', 'resource', 'trust', 'key']),
    ...LINEAGE,
    policy_hash: z.string(),
    sid: z.string().exactOptional(),
    statement: AnyJson.describe('As it was written'),
  }),
);
const EdgeAnswer = exactly<EdgeEvidence>()(
  z.strictObject({ kind: z.literal('edge'), edge_type: z.enum(EDGE_TYPES), ...LINEAGE }),
);
const PropertyAnswer = exactly<PropertyEvidence>()(
  z.strictObject({ kind: z.literal('property'), ...LINEAGE, value: AnyJson }),
);

/** An entity by its names. */
export const EntityNameAnswer = exactly<EntityName>()(
  z.strictObject({
    id: z.string(),
    entity_type: TypeOfEntity,
    source_system_id: z.string(),
    source_record_id: z.string(),
  }),
).meta({ id: 'EntityName' });
/** A field of a record, as its source wrote it. */
export const FieldAnswer = exactly<PresentedField>()(
  z.strictObject({
    field: z.string(),
    value: z.string().describe('As its source wrote it'),
    of: EntityNameAnswer.describe("Whose field it is, where it is not the side's own").exactOptional(),
  }),
);
/** Fields of both sides of a correlation that agree. */
export const AgreedAnswer = exactly<CorrelationEvidence>()(
  z.strictObject({
    key: z.string().describe('The canonical value that both come to'),
    left: z.array(FieldAnswer),
    right: z.array(FieldAnswer),
  }),
);
const RuleAnswer = exactly<RuleEvidence>()(
  z.strictObject({
    kind: z.literal('correlation'),
    rule_id: z.string(),
    correlation_id: z.string(),
    left: EntityNameAnswer,
    right: EntityNameAnswer,
    evidence: z.array(AgreedAnswer),
  }),
);

const HopAnswer = exactly<Hop>()(
  z.strictObject({
    edge_type: z.enum(HOP_TYPES),
    from: EntityReferenceAnswer,
    to: EntityReferenceAnswer,
    verdict: z.enum(['allowed', 'conditional']),
    conditions: z.array(ConditionAnswer),
    evidence: z.array(z.union([StatementAnswer, EdgeAnswer, PropertyAnswer, RuleAnswer]).meta({ id: 'Evidence' })),
    action: z.string().exactOptional().describe('Of the last hop: the action that shows the access level'),
    action_resource: z.string().exactOptional().describe('The ARN that the action was asked for'),
    technique: z.string().exactOptional().describe('Of `CAN_CONTROL`: how the one gains the other'),
    actions: z.array(z.string()).exactOptional().describe('Of `CAN_CONTROL`: the actions that it takes'),
  }),
).meta({ id: 'Hop' });

/** Why a resource is worth a path. */
export const SensitivityAnswer = exactly<Sensitivity>()(
  z.strictObject({
    reason: z.enum(SENSITIVITY_REASONS),
    value: z.string().describe('The classification as its owner wrote it, or what kind of thing it is'),
    evidence: z.array(PropertyAnswer),
  }),
);

/** A chain of authority, and everything that can be said of it without saying what its end is good for. */
const CHAIN = {
  hops: z.array(HopAnswer),
  crosses_account_boundary: z.boolean(),
  crosses_connector_boundary: z.boolean(),
  crosses_organization_boundary: z.boolean(),
  verdict: z.enum(['allowed', 'conditional']),
  conditions: z.array(ConditionAnswer).describe('What must hold for all of it, each once'),
  correlation_rules: z.array(z.string()).describe('The rules whose correlations it goes over'),
  identities: z.array(z.string()).describe('Canonical ids of the identities on the way'),
  accounts: z.array(z.string()).describe('The accounts of everything on the way'),
};
/** What else there is beside the chain that is shown. */
export const ALTERNATIVES = {
  alternatives: z.int().min(0).describe('Other chains with the same ends, level and boundaries'),
  alternatives_capped: z.boolean().describe('There are more alternatives than were counted'),
};
export const ChainAnswer = exactly<Chain>()(z.strictObject(CHAIN)).meta({ id: 'Chain' });

/** A path as callers see it: which workspaces else claim its members is not theirs to know. */
export type ShownPath = Omit<StitchedPath, 'members' | 'content_hash'> & {
  /** How often the workload ran in thirty days; absent where nobody says. */
  readonly exec30?: number;
};

/** A path as callers see it: who may see it, and the hash of both, are ours. `exec30`: of workloads, by entity. */
export function shownPath(
  { members: _members, content_hash: _content_hash, ...path }: StitchedPath,
  exec30: ReadonlyMap<string, number>,
): ShownPath {
  const count = exec30.get(path.workload.id);
  return { ...path, ...(count !== undefined && { exec30: count }) };
}

/** A chain of authority from a workload to a sensitive resource. */
export const PathAnswer = exactly<ShownPath>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    workload: EntityReferenceAnswer,
    resource: EntityReferenceAnswer,
    access_level: z.enum(ACCESS_LEVELS),
    sensitivity: SensitivityAnswer,
    ...CHAIN,
    ...ALTERNATIVES,
    path_hash: z.string().describe('Equal hashes, equal paths'),
    stitch_run_id: z.string().describe('The stitch that first found it as it is now'),
    stitched_at: Time,
    exec30: z
      .int()
      .min(0)
      .exactOptional()
      .describe('How often the workload ran in thirty days; absent where nobody says'),
  }),
).meta({ id: 'Path' });
