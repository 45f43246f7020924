import { type Caller, callerOf, isAccountPrincipal } from './caller.ts';
import type { CompiledPolicy } from './compile.ts';
import { type ConditionKey, valuesOf } from './condition-keys.ts';
import { type EstatePrincipal, policiesIn } from './estate.ts';
import type { Reads } from './reads.ts';
import type { RequestContext } from './request.ts';
import type { Template } from './template.ts';

/** Principals whom every policy treats alike that names none of them by name and reads nothing of them that differs. */
export interface PrincipalClass {
  readonly members: readonly [EstatePrincipal, ...EstatePrincipal[]];
  readonly caller: Caller;
  /** The same for classes that differ only in their account. */
  readonly kind: string;
  /** What its own policies read of a request. */
  readonly keys: readonly ConditionKey[];
  readonly resources: readonly Template[];
  /** What its identity policies could cover; null: everything. Empty: nothing. */
  readonly grants: readonly Template[] | null;
  /** The same principals, by account, for a class over several accounts. */
  readonly accounts: ReadonlySet<string | null>;
}

/** What the own policies of a principal read, and a name for all that they say. */
interface OwnPolicies {
  readonly name: string;
  readonly keys: readonly ConditionKey[];
  readonly resources: readonly Template[];
  readonly grants: readonly Template[] | null;
}

/** Numbers objects, so that sharing one can be seen in a text. */
export function numbering(): (object: object) => number {
  const numbers = new Map<object, number>();
  let last = 0;
  return (object) => {
    const known = numbers.get(object);
    if (known !== undefined) return known;
    last += 1;
    numbers.set(object, last);
    return last;
  };
}

/** Sorts principals into classes, each within one account. */
export function principalClasses(
  principals: Iterable<EstatePrincipal>,
  reads: (policy: CompiledPolicy) => Reads,
  context: RequestContext | undefined,
): readonly PrincipalClass[] {
  const number = numbering();
  const known = new Map<string, OwnPolicies>();
  const byName = new Map<
    string,
    { kind: string; own: OwnPolicies; members: [EstatePrincipal, ...EstatePrincipal[]] }
  >();
  for (const one of principals) {
    const caller = callerOf(one.principal);
    const own = ownPolicies(one, reads, number, known);
    const kind = JSON.stringify([own.name, ...traits(caller), principalValues(own.keys, one, context)]);
    const name = `${caller.account} ${kind}`;
    const found = byName.get(name);
    if (found) found.members.push(one);
    else byName.set(name, { kind, own, members: [one] });
  }
  return [...byName.values()].map(({ kind, own, members }) => classOf(kind, own, members));
}

function classOf(
  kind: string,
  { keys, resources, grants }: OwnPolicies,
  members: readonly [EstatePrincipal, ...EstatePrincipal[]],
): PrincipalClass {
  const caller = callerOf(members[0].principal);
  const accounts = new Set([caller.account]);
  return { members, caller, kind, keys, resources, grants: caller.kind === 'root' ? null : grants, accounts };
}

/** Joins the classes that differ only in their account. */
export function acrossAccounts(classes: Iterable<PrincipalClass>): readonly PrincipalClass[] {
  return [...Map.groupBy(classes, ({ kind }) => kind).values()].flatMap((alike) => {
    const [first] = alike;
    if (!first) return [];
    const [one, ...others] = alike.flatMap(({ members }) => members);
    const accounts = new Set(alike.flatMap((each) => [...each.accounts]));
    return one ? [{ ...first, members: [one, ...others] as const, accounts }] : [];
  });
}

/** The members that a test accepts; undefined where it accepts none. */
export function restricted(
  principals: PrincipalClass,
  accepts: (principal: EstatePrincipal) => boolean,
): PrincipalClass | undefined {
  if (principals.members.every(accepts)) return principals;
  const [first, ...others] = principals.members.filter(accepts);
  return first && regrouped(principals, [first, ...others]);
}

/** Splits a class by the values that its members have of some keys. */
export function splitByKeys(
  principals: PrincipalClass,
  keys: readonly ConditionKey[],
  context: RequestContext | undefined,
): readonly PrincipalClass[] {
  if (principals.members.length === 1 || keys.length === 0) return [principals];
  const groups = Map.groupBy(principals.members, (one) => principalValues(keys, one, context));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first ? [regrouped(principals, [first, ...others])] : [],
  );
}

function regrouped(
  principals: PrincipalClass,
  members: readonly [EstatePrincipal, ...EstatePrincipal[]],
): PrincipalClass {
  const accounts = new Set(members.map(({ principal }) => callerOf(principal).account));
  return { ...principals, members, caller: callerOf(members[0].principal), accounts };
}

/** What else of a principal matters to an evaluation, besides its account, its names and its keys. */
function traits(caller: Caller): readonly unknown[] {
  const { organization, management_account, arn } = caller.principal;
  const name = isAccountPrincipal(caller) ? null : arn;
  // Unknown (undefined) and none (null) are two things, which JSON would write alike.
  const member = organization === undefined ? 0 : organization;
  return [caller.kind, caller.partition, caller.serviceLinked, management_account === true, member, name];
}

/** Identity policies that do not speak of the action do not matter to it. A boundary, session policy or SCP matters by its silence, too. */
function ownPolicies(
  { policies: { identity = [], boundary, session, scps = [] } }: EstatePrincipal,
  reads: (policy: CompiledPolicy) => Reads,
  number: (object: object) => number,
  known: Map<string, OwnPolicies>,
): OwnPolicies {
  const speaking = identity.filter((policy) => reads(policy).speaks);
  const sessions = session === 'unknown' ? [] : session;
  const name = JSON.stringify([
    speaking.map(number),
    boundary && number(boundary),
    session === 'unknown' ? session : session?.map(number),
    scps.map((level) => level.map(number)),
  ]);
  const remembered = known.get(name);
  if (remembered) return remembered;
  const all = [...speaking, ...(boundary ? [boundary] : []), ...(sessions ?? []), ...policiesIn(scps)].map(reads);
  const granting = speaking.map((policy) => reads(policy).grants);
  const own: OwnPolicies = {
    name,
    keys: all.flatMap(({ keys }) => keys),
    resources: all.flatMap(({ resources }) => resources),
    grants: granting.includes(null) ? null : granting.flatMap((grants) => grants ?? []),
  };
  known.set(name, own);
  return own;
}

/** Keys that can differ between principals of a class. Everything else about them follows from the class, or is unknown for all. */
const isOfPrincipal = ({ id }: ConditionKey): boolean =>
  id.startsWith('aws:principaltag/') || KEYS_OF_PRINCIPAL.has(id);

const KEYS_OF_PRINCIPAL: ReadonlySet<string> = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'kms:calleraccount',
  'aws:principalservicename',
  'aws:userid',
  'aws:username',
]);

const NO_RESOURCE = { arn: '*', account: null };

function principalValues(
  keys: readonly ConditionKey[],
  { principal }: EstatePrincipal,
  context: RequestContext | undefined,
): string {
  const relevant = keys.filter(isOfPrincipal);
  if (relevant.length === 0) return '';
  const request = { principal, action: '', resource: NO_RESOURCE, context };
  return relevant.map((key) => `${key.id}=${JSON.stringify(valuesOf(key, request)) ?? 'unknown'}`).join(' ');
}
