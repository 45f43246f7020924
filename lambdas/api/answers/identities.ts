import * as z from 'zod';
import type { Disagreement, IdentityProvenance, SourceRecord } from '../../../src/correlations/identity.ts';
import type { StitchedIdentity } from '../../../src/stitch/stitched-identity.ts';
import type { Shown } from './correlations.ts';
import { AnyJson, exactly, Time } from './exactly.ts';
import { EntityNameAnswer, TypeOfEntity } from './paths.ts';

const Record = exactly<SourceRecord>()(
  z.strictObject({
    id: z.string().describe('Of the entity'),
    entity_type: TypeOfEntity,
    source_system_id: z.string(),
    source_record_id: z.string(),
    display_name: z.string(),
    identity_id: z.string().describe('The id that the identity has, had or would have with this record in front'),
    observed: z.boolean().describe('Somebody saw it; else others name it and nothing more is known'),
  }),
);

const Origin = exactly<IdentityProvenance>()(
  z.strictObject({
    entity_id: z.string().describe('The record whose value it is'),
    connector_id: z.string(),
    source_record_id: z.string(),
    observed_at: Time,
    run_id: z.string(),
    cell: z.string(),
    api: z.string(),
  }),
);

const DisagreementAnswer = exactly<Disagreement>()(
  z.strictObject({
    property: z.string(),
    values: z.array(z.strictObject({ value: AnyJson, entity: EntityNameAnswer })),
  }),
);

/** Entities that are one. */
export const IdentityAnswer = exactly<Shown<StitchedIdentity>>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    entity_type: TypeOfEntity.describe('Of the surviving record'),
    display_name: z.string(),
    survivor: EntityNameAnswer.describe(
      'The record that names it: the most specific type, then the smallest fingerprint',
    ),
    source_records: z.array(Record).describe('All of them, the survivor first'),
    rules: z.array(z.string()).describe('The rules that join it'),
    correlation_ids: z.array(z.string()),
    properties: z.record(z.string(), AnyJson),
    property_provenance: z.record(z.string(), Origin),
    disagreements: z.array(DisagreementAnswer).describe('Properties of which the records say different things'),
    stitch_run_id: z.string().describe('The stitch that first found it as it is now'),
    stitched_at: Time,
  }),
).meta({ id: 'CanonicalIdentity' });
