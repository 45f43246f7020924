import * as z from 'zod';
import type { Json } from '../../kernel/canonical.ts';
import { EDGE_TYPES, ENTITY_TYPES, type EntityType } from '../../observations/entity-types.ts';
import { flawOfProperties, PROPERTY_LIMITS } from './properties.ts';

const KNOWN_ENTITY_TYPES = Object.keys(ENTITY_TYPES) as [EntityType, ...EntityType[]];

/** Characters that the value of one activity may have. */
const ACTIVITY_CHARACTERS = 4_096;

const NO_CONTROL_CHARACTERS = /^\P{Cc}*$/u;
const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(NO_CONTROL_CHARACTERS, 'must not hold control characters')
    .refine((value) => value.isWellFormed(), 'must be a text of whole characters');

/** The type of a thing; an unknown one is refused with the list of those that are known. */
export const PushedEntityType = z.enum(KNOWN_ENTITY_TYPES, {
  error: `is not known; known are ${KNOWN_ENTITY_TYPES.join(', ')}`,
});

/** The name of a source system. */
export const SourceSystemId = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be 1 to 200 visible ASCII characters without spaces');
const RecordId = text(2_048);

const Ref = {
  entity_type: PushedEntityType,
  source_system_id: SourceSystemId,
  source_record_id: RecordId,
};

/** Checked by hand, since most of the time of a batch would be spent here. */
const Properties = z
  .unknown()
  .superRefine((value, issues) => {
    const flaw = flawOfProperties(value);
    if (flaw !== undefined) issues.addIssue({ code: 'custom', message: flaw.replace(/^properties:? ?/, '') });
  })
  .meta({
    type: 'object',
    description: `At most ${PROPERTY_LIMITS.properties} names and ${PROPERTY_LIMITS.characters} characters in all; names of at most ${PROPERTY_LIMITS.name_characters} characters without ".", not beginning with "$"; at most ${PROPERTY_LIMITS.depth} deep; lists of at most ${PROPERTY_LIMITS.list_items}; texts of at most ${PROPERTY_LIMITS.string_characters} characters`,
  });

/** How often something was executed in the 30 days before `period_end`. */
const Executions = z.strictObject({ count: z.int().min(0), period_end: z.iso.datetime({ offset: true }) });

/** A bounded value, as properties are. */
const ActivityValue = z
  .unknown()
  .superRefine((value, issues) => {
    const flaw = value === undefined ? 'value: is missing' : flawOfProperties({ value }, ACTIVITY_CHARACTERS);
    if (flaw !== undefined) issues.addIssue({ code: 'custom', message: flaw.replace(/^properties[.:]? ?/, '') });
  })
  .meta({
    description: `A value as properties may have, of at most ${ACTIVITY_CHARACTERS} characters; that of \`exec30\` is {count, period_end}`,
  });

/** What changes by itself and is kept apart from facts: counts, times of last use. */
const Activity = z
  .strictObject({
    name: text(100).regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case words joined by _'),
    value: ActivityValue,
  })
  .superRefine(({ name, value }, issues) => {
    if (name !== 'exec30') return;
    for (const issue of Executions.safeParse(value).error?.issues ?? []) {
      issues.addIssue({ code: 'custom', path: ['value', ...issue.path], message: `of exec30: ${issue.message}` });
    }
  });

/** One thing, as senders write it. */
export const PushedNode = z.strictObject({
  kind: z.literal('node').exactOptional(),
  ...Ref,
  display_name: text(512),
  properties: Properties,
  correlationKeys: z
    .array(z.strictObject({ kind: text(100), value: text(1_024) }))
    .max(50)
    .exactOptional(),
  observed_at: z.iso.datetime({ offset: true }).exactOptional().describe('When the source saw it'),
  activity: z
    .array(Activity)
    .max(20)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names one activity twice')
    .exactOptional()
    .describe('What changes by itself: never a reason to write the thing anew'),
});
export type PushedNode = z.infer<typeof PushedNode>;

/** One relation, as senders write it. */
export const PushedEdge = z.strictObject({
  kind: z.literal('edge').exactOptional(),
  edge_type: z.enum(EDGE_TYPES, { error: `is not known; known are ${EDGE_TYPES.join(', ')}` }),
  from: z.strictObject(Ref),
  to: z.strictObject(Ref),
  stated_by: z
    .strictObject({ source_system_id: SourceSystemId, source_record_id: RecordId, source_field_path: text(1_024) })
    .exactOptional()
    .describe('The record and field that state it; without it, the record of `from`'),
  properties: Properties,
});
export type PushedEdge = z.infer<typeof PushedEdge>;

/** What has passed the check of activities. */
export const checkedActivity = ({
  activity = [],
}: PushedNode): readonly { readonly name: string; readonly value: Json }[] =>
  activity as readonly { readonly name: string; readonly value: Json }[];

/** Properties that have passed the check above. */
export const checkedProperties = ({ properties }: PushedNode | PushedEdge): Readonly<Record<string, Json>> =>
  properties as Readonly<Record<string, Json>>;
