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
  const mentioning = byService(all);
  const speakers = rememberedTexts((action): Speakers => {
    const speaking = mentioning(action.slice(0, action.indexOf(':'))).filter(({ policies: { identity = [] } }) =>
      identity.some((policy) => speaksOf(policy, action)),
    );
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

/** Who has a policy that speaks of a service, in their order. */
function byService(principals: readonly EstatePrincipal[]): (service: string) => readonly EstatePrincipal[] {
  const known = new Map<CompiledPolicy, ReadonlySet<string>>();
  const places = new Map<string, Set<number>>();
  principals.forEach(({ policies: { identity = [] } }, place) => {
    for (const policy of identity) {
      const services = known.get(policy) ?? servicesNamed(policy);
      known.set(policy, services);
      for (const service of services) {
        const some = places.get(service) ?? new Set();
        places.set(service, some.add(place));
      }
    }
  });
  return (service) => {
    const found = [...(places.get(service) ?? [])];
    const anyService = [...(places.get('*') ?? [])];
    return [...new Set([...found, ...anyService])].sort((a, b) => a - b).flatMap((place) => principals[place] ?? []);
  };
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
