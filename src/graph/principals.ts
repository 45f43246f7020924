import { type CompiledPolicy, callerOf, type EstatePrincipal, servicesNamed, speaksOf } from '../policy/index.ts';
import type { GraphEntity } from './documents.ts';
import { type Numbered, numberedPrincipals } from './fact-index.ts';
import { perGraph } from './per-graph.ts';
import { type Identity, identityOf } from './principal.ts';
import { recently } from './recently.ts';

/** Everybody in a graph who can ask: the principals' side of every set question. */
export interface Principals {
  /** Roles and users, then one for each OIDC issuer, whose subjects are told apart when they are asked about. Numbered by place. */
  readonly all: readonly EstatePrincipal[];
  readonly numbered: Numbered<EstatePrincipal>;
  /** The roles and users of an account. */
  readonly ofAccount: (account: string) => readonly EstatePrincipal[];
  /** Roles and users some identity policy of which speaks of the action, and those of one account. */
  readonly speakersOf: (action: string) => Speakers;
  readonly identity: (entity: GraphEntity) => Identity | undefined;
  /** The number of an identity, or of its issuer. */
  readonly numberOf: (identity: Identity) => number | undefined;
  /** Whom a number stands for: a role or user, or all subjects of an issuer. */
  readonly entities: (number: number) => readonly GraphEntity[];
}

/** Who speaks of an action. */
export interface Speakers {
  readonly all: readonly EstatePrincipal[];
  readonly ofAccount: (account: string) => readonly EstatePrincipal[];
}

/** The principals of a graph under the best assumption about what nobody could read, so that no candidate is missed. */
export const principalsOf = perGraph((graph): Principals => {
  const all: EstatePrincipal[] = [];
  const behind: GraphEntity[][] = [];
  const numbers = new Map<string, number>();
  const subjects: Identity[] = [];
  const add = (key: string, { principal, set }: Identity, entities: GraphEntity[]): void => {
    numbers.set(key, all.length);
    all.push({ principal, policies: set('best') });
    behind.push(entities);
  };
  for (const entity of graph.entities) {
    const identity = identityOf(graph, entity);
    if (identity?.account === null) subjects.push(identity);
    else if (identity) add(entity._id, identity, [entity]);
  }
  for (const ofIssuer of Map.groupBy(subjects, ({ principal }) => principal.arn).values()) {
    const [first] = ofIssuer;
    if (first)
      add(
        first.principal.arn,
        first,
        ofIssuer.map(({ entity }) => entity),
      );
  }
  const inAccounts = byAccount(all);
  const mentions = mentionsByService(all);
  const speakers = rememberedTexts((action): Speakers => {
    const speaking: EstatePrincipal[] = [];
    let last = -1;
    for (const { place, policy } of mentions(action.slice(0, action.indexOf(':')))) {
      const one = place === last || !speaksOf(policy, action) ? undefined : all[place];
      if (!one) continue;
      speaking.push(one);
      last = place;
    }
    return { all: speaking, ofAccount: byAccount(speaking) };
  });
  return {
    all,
    numbered: numberedPrincipals(all),
    ofAccount: inAccounts,
    speakersOf: speakers,
    identity: recently((entity) => identityOf(graph, entity)),
    numberOf: ({ account, principal, entity }) => numbers.get(account === null ? principal.arn : entity._id),
    entities: (number) => behind[number] ?? [],
  };
});

/** A principal, and a policy of it that speaks of a service. */
interface Mention {
  readonly place: number;
  readonly policy: CompiledPolicy;
}

/** Policies that speak of a service and whose they are, in the order of the principals. */
function mentionsByService(principals: readonly EstatePrincipal[]): (service: string) => readonly Mention[] {
  const services = new Map<CompiledPolicy, ReadonlySet<string>>();
  const mentions = new Map<string, Mention[]>();
  principals.forEach(({ policies: { identity = [] } }, place) => {
    for (const policy of identity) {
      const named = services.get(policy) ?? servicesNamed(policy);
      services.set(policy, named);
      for (const service of named) {
        const some = mentions.get(service) ?? [];
        if (some.length === 0) mentions.set(service, some);
        some.push({ place, policy });
      }
    }
  });
  const ofAny = mentions.get('*') ?? [];
  return rememberedTexts((service) => [...(mentions.get(service) ?? []), ...ofAny].sort((a, b) => a.place - b.place));
}

function byAccount(principals: readonly EstatePrincipal[]): Speakers['ofAccount'] {
  const inAccounts = Map.groupBy(principals, ({ principal }) => callerOf(principal).account);
  return (account) => inAccounts.get(account) ?? [];
}

function rememberedTexts<T>(compute: (text: string) => T): (text: string) => T {
  const answers = new Map<string, T>();
  return (text) => {
    const answer = answers.get(text) ?? compute(text);
    answers.set(text, answer);
    return answer;
  };
}
