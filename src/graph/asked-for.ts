import { byText } from '../inventory/claim.ts';
import { type CompiledPolicy, type NamedResource, resourcesNamed } from '../policy/index.ts';
import type { LevelActions } from './access-levels.ts';
import type { AttachedPolicy } from './attached-policies.ts';
import type { Target } from './resource.ts';

/** A name that no policy is likely to spell out. */
const ANY_PART = 'throughline-any-part';

/** What an action of this row is asked for, whoever asks: the resource, any of its parts, or each of the paths above it. */
export function alwaysAskedFor({ entity, table }: Target, { on }: LevelActions): readonly string[] {
  const arn = entity.source_record_id;
  if (on === 'above') return pathsAbove(arn);
  return [on === 'parts_only' && table.part_separator !== undefined ? `${arn}${table.part_separator}${ANY_PART}` : arn];
}

/** `...:parameter/a/b` -> `...:parameter/`, `...:parameter/a` */
function pathsAbove(arn: string): readonly string[] {
  const [root = '', ...names] = arn.split('/');
  return names.map((_, depth) => `${root}/${names.slice(0, depth).join('/')}`);
}

/** Whether policies can single out parts that an action of this row is then asked for as well. */
export const hasParts = ({ table }: Pick<Target, 'table'>, { on }: LevelActions): boolean =>
  (on === 'parts' || on === 'parts_only') && table.part_separator !== undefined;

/**
 * The ARNs that an action of this row is asked for. Of the endless objects of a bucket: any, and one of each kind that a policy
 * singles out. Of the indexes of a table only the latter: whether it has any is not known, and a Deny on the table must not be
 * passed by way of an index that nobody ever mentioned.
 */
export function askedFor(
  target: Target,
  row: LevelActions,
  action: string,
  policies: readonly AttachedPolicy[],
): readonly string[] {
  const always = alwaysAskedFor(target, row);
  if (!hasParts(target, row)) return always;
  const named = [...policies, ...(target.policy ? [target.policy] : [])].flatMap(({ reading }) =>
    reading.state === 'unknown' ? [] : partsNamed(reading.policy, action, target.table.part_separator),
  );
  const parts = named.flatMap((part) => part.of(target) ?? []);
  return [...always, ...[...new Set(parts)].filter((part) => !always.includes(part)).sort(byText)];
}

/** Parts of resources that an Allow singles out. */
export interface NamedPart {
  /** What it says of the resource itself, which may be a pattern, and of the part. */
  readonly text: string;
  /** It says nothing of the part: any. */
  readonly any: boolean;
  /** The ARN of the resource, where it says so exactly. */
  readonly resource?: string;
  /** An example of such a part of this resource; undefined where it speaks of others. */
  readonly of: (target: Target) => string | undefined;
}

/** The parts that a policy singles out for an action. */
export function partsNamed(
  policy: CompiledPolicy,
  action: string,
  separator: string | undefined,
): readonly NamedPart[] {
  return separator === undefined
    ? []
    : resourcesNamed(policy, action).flatMap((named) => partNamed(named, separator) ?? []);
}

function partNamed({ text, covers }: NamedResource, separator: string): NamedPart | undefined {
  const at = text.indexOf(separator);
  if (at < 0) return undefined;
  const head = text.slice(0, at);
  const example = text
    .slice(at + separator.length)
    .replace(/\$\{[^}]*\}|\*+/g, ANY_PART)
    .replaceAll('?', 'x');
  return {
    text,
    any: example === ANY_PART,
    ...(/[*?]|\$\{/.test(head) ? {} : { resource: head }),
    of: ({ entity }) => {
      const part = `${entity.source_record_id}${separator}${example}`;
      return covers(part) ? part : undefined;
    },
  };
}
