import * as z from 'zod';
import { ACCESS_LEVELS } from '../../../src/graph/access-levels.ts';
import type { EdgeEvidence, PropertyEvidence, StatementEvidence } from '../../../src/graph/evidence.ts';
import { EDGE_TYPES, ENTITY_TYPES, type EntityType } from '../../../src/observations/entity-types.ts';
import type { EntityReference, Hop, PathCondition } from '../../../src/paths/path.ts';
import type { Sensitivity } from '../../../src/paths/sensitive.ts';
import type { AllOf, AnyOf, OpenCondition, OpenTest } from '../../../src/policy/index.ts';
import type { StitchedPath } from '../../../src/stitch/stitched-path.ts';
import { AnyJson, exactly, Time } from './exactly.ts';

const isEntityType = (name: string): name is EntityType => Object.hasOwn(ENTITY_TYPES, name);
const TypeOfEntity = z.enum(Object.keys(ENTITY_TYPES).filter(isEntityType));

const EntityAnswer = exactly<EntityReference>()(
  z.strictObject({
    id: z.string(),
    entity_type: TypeOfEntity,
    source_record_id: z.string().describe("The ARN, or the source's own immutable id"),
    display_name: z.string(),
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
const Condition: z.ZodType<OpenCondition> = z
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

const LINEAGE = {
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
    side: z.enum(['identity', 'boundary', 'trust', 'resource']),
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

const HopAnswer = exactly<Hop>()(
  z.strictObject({
    edge_type: z.enum(['RUNS_AS', 'AUTHENTICATES_AS', 'INVOKES', 'CAN_ASSUME', 'CAN_ACCESS']),
    from: EntityAnswer,
    to: EntityAnswer,
    verdict: z.enum(['allowed', 'conditional']),
    conditions: z.array(ConditionAnswer),
    evidence: z.array(z.union([StatementAnswer, EdgeAnswer, PropertyAnswer]).meta({ id: 'Evidence' })),
    action: z.string().exactOptional().describe('Of the last hop: the action that shows the access level'),
    action_resource: z.string().exactOptional().describe('The ARN that the action was asked for'),
  }),
).meta({ id: 'Hop' });

const SensitivityAnswer = exactly<Sensitivity>()(
  z.strictObject({
    reason: z.literal('data_classification'),
    value: z.string().describe('The classification as its owner wrote it'),
    evidence: z.array(PropertyAnswer),
  }),
);

/** A path as callers see it: which workspaces else claim its members is not theirs to know. */
export type ShownPath = Omit<StitchedPath, 'members' | 'content_hash'>;

/** A path as callers see it: who may see it, and the hash of both, are ours. */
export function shownPath({ members: _members, content_hash: _content_hash, ...path }: StitchedPath): ShownPath {
  return path;
}

/** A chain of authority from a workload to a sensitive resource. */
export const PathAnswer = exactly<ShownPath>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    workload: EntityAnswer,
    resource: EntityAnswer,
    access_level: z.enum(ACCESS_LEVELS),
    sensitivity: SensitivityAnswer,
    hops: z.array(HopAnswer),
    crosses_account_boundary: z.boolean(),
    crosses_connector_boundary: z.boolean(),
    verdict: z.enum(['allowed', 'conditional']),
    conditions: z.array(ConditionAnswer).describe('What must hold for all of it, each once'),
    alternatives: z.int().min(0).describe('Other chains with the same ends, level and boundaries'),
    alternatives_capped: z.boolean().describe('There are more alternatives than were counted'),
    path_hash: z.string().describe('Equal hashes, equal paths'),
    stitch_run_id: z.string().describe('The stitch that first found it as it is now'),
    stitched_at: Time,
  }),
).meta({ id: 'Path' });
