import type { CompiledPolicy } from './compile.ts';
import { type ConditionKey, valuesOf } from './condition-keys.ts';
import { type EstatePrincipal, type EstateResource, policiesIn } from './estate.ts';
import { type Reach, reachOf } from './naming-index.ts';
import { numbering } from './principal-classes.ts';
import type { Reads } from './reads.ts';
import type { PolicyRequest, RequestContext } from './request.ts';
import { matchesTemplate, type Template } from './template.ts';

/** Resources with the very same policies: whom they name, and what these policies read. */
export interface ResourceClass {
  readonly members: readonly [EstateResource, ...EstateResource[]];
  /** Whom its own policy names; single names and accounts of its RCPs and its key's policy are mentioned as well. */
  readonly reach: Reach;
  readonly keys: readonly ConditionKey[];
  readonly resources: readonly Template[];
}

/** Sorts resources by their policies and by what of them evaluation looks at besides keys and ARN. */
export function resourceClasses(
  resources: Iterable<EstateResource>,
  actions: readonly string[],
  reads: (policy: CompiledPolicy) => Reads,
  context: RequestContext | undefined,
): readonly ResourceClass[] {
  const number = numbering();
  const byName = new Map<string, [EstateResource, ...EstateResource[]]>();
  for (const one of resources) {
    const { resource: policy, rcps = [], key } = one.policies;
    const { organization, management_account, restrict_public_buckets, encryption_key, federation_providers } =
      one.resource;
    const name = JSON.stringify([
      policy && number(policy),
      policiesIn(rcps).map(number),
      key && number(key),
      // Unknown (undefined) and none (null) are two things, which JSON would write alike.
      organization === undefined ? 0 : organization,
      management_account === true,
      restrict_public_buckets === true,
      encryption_key,
      federation_providers,
      one.resource.arn.split(':', 2)[1],
    ]);
    const found = byName.get(name);
    if (found) found.push(one);
    else byName.set(name, [one]);
  }
  const says = (key: string): boolean => context?.known.has(key) === true || context?.absent.has(key) === true;
  const narrows = !says('aws:principalarn') && !says('aws:principalaccount');
  const reach = remembered((policy) => reachOf(policy, actions, narrows));
  return [...byName.values()].map((members) => {
    const { resource: policy, rcps, key } = members[0].policies;
    const all = [...(policy ? [policy] : []), ...policiesIn(rcps), ...(key ? [key] : [])];
    return {
      members,
      reach: mentioning(policy ? reach(policy) : NOBODY, all.map(reach), members[0].resource.encryption_key?.account),
      keys: all.flatMap((one) => reads(one).keys),
      resources: all.flatMap((one) => reads(one).resources),
    };
  });
}

const NONE: ReadonlySet<string> = new Set();
const NOBODY: Reach = { everybody: false, open_accounts: NONE, accounts: NONE, mentioned: NONE, names: NONE };

function mentioning(own: Reach, all: readonly Reach[], account: string | undefined): Reach {
  if (all.length === 1 && account === undefined) return own;
  const mentioned = new Set(all.flatMap((reach) => [...reach.mentioned]));
  if (account !== undefined) mentioned.add(account);
  return { ...own, mentioned, names: new Set(all.flatMap(({ names }) => [...names])) };
}

function remembered<T>(make: (policy: CompiledPolicy) => T): (policy: CompiledPolicy) => T {
  const known = new Map<CompiledPolicy, T>();
  return (policy) => {
    const found = known.get(policy);
    if (found !== undefined) return found;
    const made = make(policy);
    known.set(policy, made);
    return made;
  };
}

/** What a class of principals and a class of resources read of a resource between them. */
export interface ResourceReads {
  readonly literals: ReadonlySet<string>;
  readonly patterns: readonly Template[];
  readonly keys: readonly ConditionKey[];
  /** The ARN matters by itself: Identity Center's roles tell in their name whom they let in. */
  readonly arn: boolean;
}

/** Joins what both sides read of a resource. */
export function resourceReads(
  templates: readonly Template[],
  keys: readonly ConditionKey[],
  arn: boolean,
): ResourceReads {
  const literals = new Set<string>();
  const patterns: Template[] = [];
  for (const template of templates) {
    if (template.parts || template.pattern.literal === undefined) patterns.push(template);
    else literals.add(template.pattern.literal);
  }
  return { literals, patterns, keys: keys.filter(isOfResource), arn };
}

/** Groups resources by the values of what is read of them. */
export function groupedByReads(
  resources: readonly EstateResource[],
  { literals, patterns, keys, arn }: ResourceReads,
  principal: EstatePrincipal,
  context: RequestContext | undefined,
): readonly (readonly EstateResource[])[] {
  if (literals.size === 0 && patterns.length === 0 && keys.length === 0 && !arn) return [resources];
  const groups = Map.groupBy(resources, (one) => {
    if (arn || literals.has(one.resource.arn)) return one.resource.arn;
    const request: PolicyRequest = { principal: principal.principal, action: '', resource: one.resource, context };
    const matches = patterns.map((template) => matchesTemplate(template, one.resource.arn, request) ?? '?');
    return JSON.stringify([matches, keys.map((key) => valuesOf(key, request) ?? String(valuesOf(key, request)))]);
  });
  return [...groups.values()];
}

const isOfResource = ({ id }: ConditionKey): boolean =>
  id.includes(':resourcetag/') || id === 'aws:resourceaccount' || id === 's3:resourceaccount' || id === 'resource';
