import { parseArn } from '../../kernel/arn.ts';
import type { EdgeType, EntityType } from '../../observations/entity-types.ts';
import type { EntityRef, NormalizedEdge } from '../../observations/observation.ts';
import { arnRef, statedBy } from './entity-ref.ts';

/** A field of a record that names another thing by its ARN. */
export interface NamingField {
  readonly edge_type: EdgeType;
  /** Name of the field in the source's answer. */
  readonly field: string;
  readonly to: EntityType;
  /** ARN of the thing named; nothing is yielded where the field is empty, or names it otherwise (an alias, a plain id). */
  readonly arn: string | undefined;
  readonly api: string;
}

/** The edge that such a field states. */
export function* namedEdge(from: EntityRef, naming: NamingField): Generator<NormalizedEdge, void, undefined> {
  const { edge_type, field, to, arn, api } = naming;
  if (!arn || !parseArn(arn)) return;
  yield {
    kind: 'edge',
    edge_type,
    from,
    to: arnRef(to, arn),
    stated_by: statedBy(from.source_record_id, `${field}[${arn}]`),
    properties: {},
    api,
  };
}

/** The ARN of a bucket that an answer gives by name. */
export const bucketArn = (name: string | undefined, partition: string): string | undefined =>
  name ? `arn:${partition}:s3:::${name}` : undefined;

/** The ARN of a key; nothing where the text names an alias or a bare id, which says not which key it is today. */
export const keyArn = (text: string | undefined): string | undefined =>
  text && parseArn(text)?.resource.startsWith('key/') ? text : undefined;
