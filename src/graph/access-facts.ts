import { parseArn } from '../kernel/arn.ts';
import { type CandidatePairs, candidateJoin, type EstateResource, principalsNamed } from '../policy/index.ts';
import type { LevelActions } from './access-levels.ts';
import { alwaysAskedFor, hasParts, type NamedPart, partsNamed } from './asked-for.ts';
import type { GraphEntity } from './documents.ts';
import { type Candidate, FactIndex, numberedResources } from './fact-index.ts';
import { DIRECT_CALL } from './judge.ts';
import type { Principals } from './principals.ts';
import type { Target } from './resource.ts';

/** Something that comes into question: one action on a resource, or on a part of it. */
export interface Asked {
  readonly resource: GraphEntity;
  readonly arn: string;
  readonly action: string;
}

/** Which principals and which resources come into question together, and for what. */
export interface AccessFacts {
  /** By the principal's number. */
  readonly askedBy: (principal: number) => Generator<Asked>;
  /** The principals for which anything of the resource comes into question, by number. */
  readonly askers: (resource: GraphEntity) => ReadonlySet<number>;
}

/** A resource, or a part of it, as the policy engine is asked about it. */
interface Asking extends EstateResource {
  readonly target: Target;
}

/**
 * Where the policy engine sees that something may be permitted, for everybody and some resources at once, action by action, under
 * the best assumption. What it says of a pair is asked when somebody meets it.
 */
export function accessFacts(principals: Principals, targets: readonly Target[]): AccessFacts {
  const askings = new Map<string, Asking>();
  const byAction = askingsByAction(principals, targets, (target, arn) => {
    // Resources below one path are asked for by the same name.
    const key = `${target.entity._id} ${arn}`;
    const known = askings.get(key) ?? { target, resource: target.resource(arn, 'best'), policies: target.set('best') };
    askings.set(key, known);
    return known;
  });
  const all = [...askings.values()];
  const index = new FactIndex(principals.numbered, numberedResources(all));
  const actions: string[] = [];
  for (const [action, asking] of byAction) {
    for (const fact of factsOf(principals, action, [...asking])) {
      index.add(fact);
      actions.push(action);
    }
  }
  index.finish();
  // Targets are made again when they are met: those of an estate are more than all that is kept here.
  const resources = all.map(({ target }) => target.entity);
  const arns = all.map(({ resource }) => resource.arn);
  const numbers = Map.groupBy(all.keys(), (number) => resources[number]?._id);
  const askedOf = ({ number, fact }: Candidate): Asked[] => {
    const resource = resources[number];
    return resource ? [{ resource, arn: arns[number] ?? '', action: actions[fact] ?? '' }] : [];
  };
  return {
    *askedBy(principal) {
      for (const candidate of index.resourcesFor(principal)) yield* askedOf(candidate);
    },
    askers: ({ _id }) =>
      new Set(
        (numbers.get(_id) ?? []).flatMap((number) =>
          Array.from(index.principalsFor(number), (candidate) => candidate.number),
        ),
      ),
  };
}

/**
 * Who has no identity policy that speaks of the action gets at the resource only by being let in by name, or with everybody, and
 * only inside its account. Most are silent, and few resources let anybody in: the two are asked about apart.
 */
function* factsOf(principals: Principals, action: string, asking: readonly Asking[]): Generator<CandidatePairs> {
  const speakers = principals.speakersOf(action);
  const reach = asking.map((one) => reachOf(one, action));
  const accounts = new Set(reach.flatMap((one) => one.accounts));
  const anywhere = reach.some((one) => one.anywhere);
  yield* joined(anywhere ? speakers.all : [...accounts].flatMap(speakers.ofAccount), action, asking);
  const inviting = asking.filter((_, i) => reach[i]?.invites);
  for (const [account, inside] of Map.groupBy(inviting, ({ target }) => target.account)) {
    const speaking = new Set(speakers.ofAccount(account));
    const silent = principals.ofAccount(account).filter((one) => !speaking.has(one));
    yield* joined(silent, action, inside);
  }
}

const joined = (principals: Principals['all'], action: string, asking: readonly Asking[]) =>
  candidateJoin({ principals, roles: [], context: DIRECT_CALL }, principals, action)(asking);

/** Whom a resource's own policy lets in, if only together with their own policies. */
interface Reach {
  /** Somebody by name, or everybody: inside the account they need no policy of their own. */
  readonly invites: boolean;
  /** Principals of these accounts come into question: of its own, and of those that are named. */
  readonly accounts: readonly string[];
  /** Those of any account do. */
  readonly anywhere: boolean;
}

function reachOf({ target: { account }, policies: { resource } }: Asking, action: string): Reach {
  if (!resource) return { invites: false, accounts: [account], anywhere: false };
  const { everybody, accounts, arns, sessions, unique_ids } = principalsNamed(resource, action);
  return {
    invites: everybody || arns.length > 0 || sessions.length > 0 || unique_ids.length > 0,
    accounts: [
      account,
      ...accounts,
      ...arns.flatMap((arn) => parseArn(arn)?.account ?? []),
      ...sessions.map((session) => session.account),
    ],
    // An id does not tell its account.
    anywhere: everybody || unique_ids.length > 0,
  };
}

/** Everything that anybody is asked about: of each resource what everybody is, and the parts that some policy singles out. */
function askingsByAction(
  principals: Principals,
  targets: readonly Target[],
  asking: (target: Target, arn: string) => Asking,
): ReadonlyMap<string, ReadonlySet<Asking>> {
  const byAction = new Map<string, Set<Asking>>();
  for (const alike of Map.groupBy(targets, ({ table }) => table).values()) {
    const [first] = alike;
    for (const row of first?.table.levels ?? []) {
      for (const action of row.actions) {
        const all = byAction.get(action) ?? new Set();
        byAction.set(action, all);
        for (const target of alike) for (const arn of alwaysAskedFor(target, row)) all.add(asking(target, arn));
        if (first && hasParts(first, row)) {
          for (const [target, arn] of partsAskedFor(principals, alike, row, action)) all.add(asking(target, arn));
        }
      }
    }
  }
  return byAction;
}

/** Parts of some resources of one type that anybody's policy, or the resource's own, singles out for an action. */
function* partsAskedFor(
  principals: Principals,
  targets: readonly Target[],
  row: LevelActions,
  action: string,
): Generator<readonly [Target, string]> {
  const separator = targets[0]?.table.part_separator;
  const named = partsByResource(principals, action, separator, row);
  for (const target of targets) {
    const own = target.policy?.reading.state === 'read' ? target.policy.reading.policy : undefined;
    const parts = [
      ...(named.exact.get(target.entity.source_record_id) ?? []),
      ...named.patterns,
      ...(own ? partsNamed(own, action, separator) : []),
    ];
    for (const part of parts) {
      const arn = part.of(target);
      if (arn !== undefined && !alwaysAskedFor(target, row).includes(arn)) yield [target, arn];
    }
  }
}

/** The parts that identity policies single out, each once: of one resource, or of all that a pattern fits. */
interface PartsNamed {
  readonly exact: ReadonlyMap<string, readonly NamedPart[]>;
  readonly patterns: readonly NamedPart[];
}

const known = new WeakMap<Principals, Map<string, PartsNamed>>();

/** Gathered once for each action. */
function partsByResource(
  principals: Principals,
  action: string,
  separator: string | undefined,
  row: LevelActions,
): PartsNamed {
  const gathered = known.get(principals) ?? new Map<string, PartsNamed>();
  known.set(principals, gathered);
  const parts = gathered.get(action) ?? gatherParts(principals, action, separator, row);
  gathered.set(action, parts);
  return parts;
}

function gatherParts(
  principals: Principals,
  action: string,
  separator: string | undefined,
  { on }: LevelActions,
): PartsNamed {
  const policies = new Set(principals.speakersOf(action).all.flatMap(({ policies: { identity = [] } }) => identity));
  const byText = new Map<string, NamedPart>();
  for (const policy of policies) {
    for (const part of partsNamed(policy, action, separator)) {
      // Any part is what everybody is asked about where only parts count.
      if (on !== 'parts_only' || !part.any) byText.set(part.text, part);
    }
  }
  const [exact, patterns] = [new Map<string, NamedPart[]>(), [] as NamedPart[]];
  for (const part of byText.values()) {
    if (part.resource === undefined) patterns.push(part);
    else exact.set(part.resource, [...(exact.get(part.resource) ?? []), part]);
  }
  return { exact, patterns };
}
