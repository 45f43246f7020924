import { type EstateResource, type PermissionFact, permissionJoin, principalsNamed } from '../policy/index.ts';
import type { LevelActions } from './access-levels.ts';
import { firstAskedFor, hasParts, partsNamed } from './asked-for.ts';
import { type Candidate, FactIndex } from './fact-index.ts';
import { DIRECT_CALL } from './judge.ts';
import type { Principals } from './principals.ts';
import type { Target } from './resource.ts';

/** Something that comes into question: one action on a resource, or on a part of it. */
export interface Asked {
  readonly target: Target;
  readonly arn: string;
  readonly action: string;
}

/** Which principals and which resources come into question together, and for what. */
export interface AccessFacts {
  /** By the principal's number. */
  readonly askedBy: (principal: number) => Generator<Asked>;
  /** The principals for which anything of the resource comes into question, by number. */
  readonly askers: (target: Target) => ReadonlySet<number>;
}

/** A resource, or a part of it, as the policy engine is asked about it. */
interface Asking extends EstateResource {
  readonly target: Target;
}

/** What the policy engine says of everybody and some resources at once, under the best assumption, action by action. */
export function accessFacts(principals: Principals, targets: readonly Target[]): AccessFacts {
  const askings = new Map<string, Asking>();
  const byAction = askingsByAction(principals, targets, (target, arn) => {
    const known = askings.get(arn) ?? { target, resource: target.resource(arn, 'best'), policies: target.set('best') };
    askings.set(arn, known);
    return known;
  });
  const all = [...askings.values()];
  const index = new FactIndex(principals.all, all);
  const actions: string[] = [];
  for (const [action, asking] of byAction) {
    for (const fact of factsOf(principals, action, [...asking])) {
      index.add(fact);
      actions.push(action);
    }
  }
  index.finish();
  const numbers = Map.groupBy(all.keys(), (number) => all[number]?.target);
  const askedOf = ({ number, fact }: Candidate): Asked[] => {
    const asking = all[number];
    return asking ? [{ target: asking.target, arn: asking.resource.arn, action: actions[fact] ?? '' }] : [];
  };
  return {
    *askedBy(principal) {
      for (const candidate of index.resourcesFor(principal)) yield* askedOf(candidate);
    },
    askers: (target) =>
      new Set(
        (numbers.get(target) ?? []).flatMap((number) =>
          Array.from(index.principalsFor(number), (candidate) => candidate.number),
        ),
      ),
  };
}

/**
 * Who has no identity policy that speaks of the action gets at the resource only by being let in by name, or with everybody, and
 * only inside its account. Most are silent, and few resources let anybody in: the two are asked about apart.
 */
function* factsOf(principals: Principals, action: string, asking: readonly Asking[]): Generator<PermissionFact> {
  const accounts = new Set(asking.map(({ target }) => target.account));
  const anywhere = asking.some(({ target }) => target.policy !== null);
  const speakers = principals.speakersOf(action);
  const asked = anywhere ? speakers : speakers.filter(({ principal }) => accounts.has(principal.account ?? ''));
  yield* joined(asked, action, asking);
  const speaking = new Set(speakers);
  for (const [account, inside] of Map.groupBy(asking, ({ target }) => target.account)) {
    const inviting = inside.filter((one) => letsIn(one, action));
    if (inviting.length === 0) continue;
    const silent = principals.ofAccount(account).filter((one) => !speaking.has(one));
    yield* joined(silent, action, inviting);
  }
}

const joined = (principals: Principals['all'], action: string, asking: readonly Asking[]) =>
  permissionJoin({ principals, roles: [], context: DIRECT_CALL }, principals, action)(asking);

/** Whether its own policy grants the action to anybody by name, or to everybody. */
function letsIn({ policies: { resource } }: Asking, action: string): boolean {
  if (!resource) return false;
  const { everybody, arns, sessions, unique_ids } = principalsNamed(resource, action);
  return everybody || arns.length > 0 || sessions.length > 0 || unique_ids.length > 0;
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
        for (const target of alike) all.add(asking(target, firstAskedFor(target, row)));
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
  const byArn = new Map(targets.map((target) => [target.entity.source_record_id, target]));
  const texts = new Set<string>();
  const policies = new Set(principals.speakersOf(action).flatMap(({ policies: { identity = [] } }) => identity));
  for (const target of targets) if (target.policy?.reading.state === 'read') policies.add(target.policy.reading.policy);
  for (const policy of policies) {
    for (const part of partsNamed(policy, action, separator)) {
      if (texts.has(part.text)) continue;
      texts.add(part.text);
      const one = part.resource === undefined ? undefined : byArn.get(part.resource);
      for (const target of part.resource === undefined ? targets : one ? [one] : []) {
        const arn = part.of(target);
        if (arn !== undefined && arn !== firstAskedFor(target, row)) yield [target, arn];
      }
    }
  }
}
