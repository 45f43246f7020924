import { callerOf, isAccountPrincipal } from './caller.ts';
import { actionsAskedFor } from './encryption.ts';
import { type Estate, type EstatePrincipal, type EstateResource, estatePolicies, estateRequest } from './estate.ts';
import { evaluate } from './evaluate.ts';
import type { FactPair, PermissionFact } from './fact.ts';
import { namingIndex, type Reach } from './naming-index.ts';
import { matchesPattern } from './pattern.ts';
import { acrossAccounts, type PrincipalClass, principalClasses, restricted, splitByKeys } from './principal-classes.ts';
import { policyReads } from './reads.ts';
import { groupedByReads, type ResourceClass, resourceClasses, resourceReads } from './resource-classes.ts';
import { needsResourceSide } from './sides.ts';

/** What a set question cost. */
export interface JoinCosts {
  /** Pairs that were evaluated. */
  evaluations: number;
}

/** Answers who may do one action on some resources of an estate. */
export type PermissionJoin = (resources: Iterable<EstateResource>, costs?: JoinCosts) => Generator<PermissionFact>;

/** Principals and resources that come into question together: nobody has looked at the pairs yet. */
export interface CandidatePairs {
  readonly principals: readonly EstatePrincipal[];
  readonly resources: readonly EstateResource[];
  /** Only pairs whose accounts differ are meant. */
  readonly across_accounts?: true;
}

/** A class of principals and resources of one class that come into question together. */
interface Candidates {
  readonly principals: PrincipalClass;
  readonly target: ResourceClass;
  readonly resources: readonly EstateResource[];
  /** Only the pairs whose accounts differ; else all pairs are in the same account, or none is. */
  readonly across_accounts: boolean;
}

/**
 * Indexes the principals of an estate for one action. Each answer goes through the resources by their policies: those who are named one by one;
 * the accounts that are named, of which only principals come into question whose own policies speak of such a resource; and, where everybody is
 * named, all others together. Principals and resources between which no policy can tell a difference are evaluated once.
 */
export function permissionJoin(estate: Estate, principals: readonly EstatePrincipal[], action: string): PermissionJoin {
  const actions = actionsAskedFor(action);
  const reads = policyReads(actions);
  const { context } = estate;
  const index = principalIndex(principals, (some) => principalClasses(some, reads, context));
  return function* join(resources, costs = { evaluations: 0 }) {
    for (const target of resourceClasses(resources, actions, reads, context)) {
      for (const candidates of candidatesFor(target, index, action)) {
        for (const split of splitByKeys(candidates.principals, target.keys, context)) {
          yield* judged(estate, action, { ...candidates, principals: split }, costs);
        }
      }
    }
  };
}

/**
 * The same, without asking what policies say of the candidates: for who judges pairs one by one, when they are met. Every pair that is not denied
 * is among them.
 */
export function candidateJoin(
  estate: Estate,
  principals: readonly EstatePrincipal[],
  action: string,
): (resources: Iterable<EstateResource>) => Generator<CandidatePairs> {
  const actions = actionsAskedFor(action);
  const reads = policyReads(actions);
  const { context } = estate;
  const index = principalIndex(principals, (some) => principalClasses(some, reads, context));
  return function* join(resources) {
    for (const target of resourceClasses(resources, actions, reads, context)) {
      for (const { principals: some, resources: together, across_accounts } of candidatesFor(target, index, action)) {
        const pairs = { principals: some.members, resources: together };
        yield across_accounts ? { ...pairs, across_accounts } : pairs;
      }
    }
  };
}

/** Principals by who could name them. */
interface PrincipalIndex {
  readonly named: (name: string) => readonly EstatePrincipal[];
  readonly alone: (principal: EstatePrincipal) => readonly PrincipalClass[];
  readonly ofAccount: (account: string) => readonly PrincipalClass[];
  /** Those that could be let in to another account, joined over all accounts. */
  readonly everywhere: readonly PrincipalClass[];
}

function principalIndex(
  principals: readonly EstatePrincipal[],
  classify: (principals: Iterable<EstatePrincipal>) => readonly PrincipalClass[],
): PrincipalIndex {
  const classes = classify(principals);
  const byAccount = Map.groupBy(classes, ({ caller }) => caller.account);
  const alone = new Map<EstatePrincipal, readonly PrincipalClass[]>();
  return {
    named: namingIndex(principals),
    alone: (principal) => {
      const known = alone.get(principal) ?? classify([principal]);
      alone.set(principal, known);
      return known;
    },
    ofAccount: (account) => byAccount.get(account) ?? [],
    everywhere: acrossAccounts(classes.filter(couldCross)),
  };
}

/** Across accounts an identity policy has to allow, too; what is no principal of an account has none. */
const couldCross = ({ grants, caller }: PrincipalClass): boolean =>
  grants === null || grants.length > 0 || !isAccountPrincipal(caller);

function* candidatesFor(target: ResourceClass, index: PrincipalIndex, action: string): Generator<Candidates> {
  const { reach, members } = target;
  const singly = new Set([...reach.names].flatMap(index.named));
  for (const principal of singly) {
    const { account } = callerOf(principal.principal);
    for (const principals of index.alone(principal)) {
      for (const resources of bySide(members, account)) {
        yield { principals, target, resources, across_accounts: false };
      }
    }
  }

  const own = Map.groupBy(members, ({ resource }) => resource.account);
  const explicit = accountsNamed(reach);
  const identitySuffices = (): boolean => members.some(({ resource }) => !needsResourceSide({ action, resource }));
  const visited = reach.everybody || identitySuffices() ? new Set([...explicit, ...own.keys()]) : explicit;
  for (const account of visited) {
    const inside = own.get(account) ?? [];
    const outside = explicit.has(account) ? members.filter(({ resource }) => resource.account !== account) : [];
    const open = reach.everybody || reach.open_accounts.has(account);
    for (const one of index.ofAccount(account)) {
      const sides = [inside.filter(comesIntoQuestion(one, open)), outside.filter(comesIntoQuestion(one, false))];
      for (const resources of sides) {
        const principals = resources.length > 0 ? restricted(one, (member) => !singly.has(member)) : undefined;
        if (principals) yield { principals, target, resources, across_accounts: false };
      }
    }
  }

  if (!reach.everybody) return;
  for (const one of index.everywhere) {
    const resources = members.filter(comesIntoQuestion(one, false));
    if (resources.length === 0) continue;
    const elsewhere = (member: EstatePrincipal): boolean => {
      const { account } = callerOf(member.principal);
      return !singly.has(member) && (account === null || !explicit.has(account));
    };
    const principals = restricted(one, elsewhere);
    if (principals) yield { principals, target, resources, across_accounts: true };
  }
}

/** Accounts whose principals a policy can tell from those of other accounts. Where it is not open to everybody, only those that it lets in. */
const accountsNamed = ({ everybody, accounts, open_accounts, mentioned }: Reach): ReadonlySet<string> =>
  new Set([...accounts, ...open_accounts, ...(everybody ? mentioned : [])]);

const bySide = (members: readonly EstateResource[], account: string | null): readonly (readonly EstateResource[])[] =>
  [
    members.filter(({ resource }) => resource.account === account),
    members.filter(({ resource }) => resource.account !== account),
  ].filter(({ length }) => length > 0);

/** Which resources could the class be let in to? `open`: inside its account, where a policy that names `*` needs no identity policy beside it. */
function comesIntoQuestion(principals: PrincipalClass, open: boolean): (resource: EstateResource) => boolean {
  const { grants, caller } = principals;
  if (open || grants === null || !isAccountPrincipal(caller)) return () => true;
  if (grants.length === 0) return () => false;
  return ({ resource }) => grants.some(({ pattern }) => matchesPattern(pattern, resource.arn));
}

function* judged(estate: Estate, action: string, candidates: Candidates, costs: JoinCosts): Generator<PermissionFact> {
  const { principals, target, resources, across_accounts } = candidates;
  const { members, caller } = principals;
  const read = resourceReads(
    [...principals.resources, ...target.resources],
    [...principals.keys, ...target.keys],
    caller.kind === 'federated',
  );
  for (const group of groupedByReads(resources, read, members[0], estate.context)) {
    const pair = across_accounts ? differingPair(members, group) : firstPair(members, group);
    if (!pair) continue;
    costs.evaluations += 1;
    const request = estateRequest(estate, pair.principal, action, pair.resource);
    const verdict = evaluate(request, estatePolicies(pair.principal, pair.resource));
    if (verdict.decision === 'denied') continue;
    const fact = { principals: members, resources: group, action, verdict };
    yield across_accounts ? { ...fact, across_accounts } : fact;
  }
}

function firstPair(
  [principal]: PrincipalClass['members'],
  [resource]: readonly EstateResource[],
): FactPair | undefined {
  return resource && { principal, resource };
}

/** A pair of two accounts. Where the first resource has none, all principals are of its account, and any resource of another will do. */
function differingPair(members: PrincipalClass['members'], group: readonly EstateResource[]): FactPair | undefined {
  const [first] = group;
  if (!first) return undefined;
  const differs = (principal: EstatePrincipal, { resource }: EstateResource): boolean =>
    callerOf(principal.principal).account !== resource.account;
  const principal = members.find((one) => differs(one, first));
  if (principal) return { principal, resource: first };
  const resource = group.find((one) => differs(members[0], one));
  return resource && { principal: members[0], resource };
}
