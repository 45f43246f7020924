import type { CompiledPolicy } from './compile.ts';
import type { ConditionKey } from './condition-keys.ts';
import { coversAction, type Statement } from './statement.ts';
import { type Template, variablesIn } from './template.ts';

/** What a policy looks at when it is asked about some actions. Two requests that agree in all of it get the same answer from it. */
export interface Reads {
  /** Does any statement speak of the actions at all? */
  readonly speaks: boolean;
  /** Condition keys, those in policy variables included. */
  readonly keys: readonly ConditionKey[];
  /** Resources that single out some, as an ARN or a pattern; `*` does not. */
  readonly resources: readonly Template[];
  /** Resources of the Allows that speak of the first action; null where some Allow covers everything, or all but some. */
  readonly grants: readonly Template[] | null;
}

/** Makes the function that answers what a policy reads; each policy is looked at once. */
export function policyReads(actions: readonly [string, ...string[]]): (policy: CompiledPolicy) => Reads {
  const known = new Map<CompiledPolicy, Reads>();
  return (policy) => {
    const remembered = known.get(policy);
    if (remembered) return remembered;
    const reads = readsOf(policy, actions);
    known.set(policy, reads);
    return reads;
  };
}

const NOTHING: Reads = { speaks: false, keys: [], resources: [], grants: [] };

function readsOf(policy: CompiledPolicy, actions: readonly [string, ...string[]]): Reads {
  const speaking = [...policy.allows, ...policy.denies].filter((statement) =>
    actions.some((action) => coversAction(statement, action)),
  );
  if (speaking.length === 0) return NOTHING;
  const granting = policy.allows.filter((statement) => coversAction(statement, actions[0]));
  return {
    speaks: true,
    keys: speaking.flatMap(keysOf),
    resources: speaking.flatMap(({ resources }) => resources?.of.filter((one) => !isEverything(one)) ?? []),
    grants: granting.some(coversEverything) ? null : granting.flatMap(({ resources }) => resources?.of ?? []),
  };
}

const keysOf = ({ condition, resources }: Statement): readonly ConditionKey[] => [
  ...condition.flatMap(({ key, open, hasVariables }) => [
    key,
    ...(hasVariables ? open.values.flatMap(variablesIn) : []),
  ]),
  ...(resources?.of.flatMap(({ text, parts }) => (parts ? variablesIn(text) : [])) ?? []),
];

const coversEverything = ({ resources }: Statement): boolean =>
  !resources || resources.except || resources.of.some(isEverything);

/** `*`, which reads nothing of the resource. */
const isEverything = ({ text }: Template): boolean => /^\*+$/.test(text);
