import { type CandidatePairs, callerOf, type EstatePrincipal, type EstateResource } from '../policy/index.ts';
import { IntList, type Listing, listingBy } from './compact-texts.ts';

const NOTHING: Listing = { of: () => new Int32Array(0) };

/** Everybody, or everything, on one side, by number. */
export interface Numbered<T> {
  readonly numbers: ReadonlyMap<T, number>;
  readonly accounts: readonly (string | null)[];
}

/** Principals in the order of their numbers. */
export const numberedPrincipals = (all: readonly EstatePrincipal[]): Numbered<EstatePrincipal> => ({
  numbers: new Map(all.map((one, number) => [one, number])),
  accounts: all.map(({ principal }) => callerOf(principal).account),
});

/** Resources in the order of their numbers. */
export const numberedResources = (all: readonly EstateResource[]): Numbered<EstateResource> => ({
  numbers: new Map(all.map((one, number) => [one, number])),
  accounts: all.map(({ resource }) => resource.account),
});

/** One who comes into question, and the number of the fact that says so: facts are numbered as they were added. */
export interface Candidate {
  readonly number: number;
  readonly fact: number;
}

/**
 * Which pairs of a principal and a resource come into question, as set questions answered: facts, known by either side, in
 * columns of numbers. A fact is expanded into pairs only for a principal or a resource that somebody asks about.
 */
export class FactIndex {
  readonly #principals: SideOfFacts<EstatePrincipal>;
  readonly #resources: SideOfFacts<EstateResource>;
  readonly #across: IntList = new IntList();
  #ofPrincipal: Listing = NOTHING;
  #ofResource: Listing = NOTHING;

  constructor(principals: Numbered<EstatePrincipal>, resources: Numbered<EstateResource>) {
    this.#principals = new SideOfFacts(principals);
    this.#resources = new SideOfFacts(resources);
  }

  add({ principals, resources, across_accounts }: CandidatePairs): void {
    this.#principals.addList(principals);
    this.#resources.addList(resources);
    this.#across.push(across_accounts ? 1 : 0);
  }

  /** Makes the facts known by their sides. Nothing may be added afterwards. */
  finish(): this {
    this.#ofPrincipal = this.#principals.listing();
    this.#ofResource = this.#resources.listing();
    return this;
  }

  /** The resources that come into question for a principal; one may come again, by another fact. */
  resourcesFor(principal: number): Generator<Candidate> {
    const facts = this.#ofPrincipal.of(principal);
    return this.#candidates(facts, this.#resources, this.#principals.accountOf(principal));
  }

  /** The principals that come into question for a resource; one may come again, by another fact. */
  principalsFor(resource: number): Generator<Candidate> {
    const facts = this.#ofResource.of(resource);
    return this.#candidates(facts, this.#principals, this.#resources.accountOf(resource));
  }

  *#candidates<T>(facts: Int32Array, others: SideOfFacts<T>, account: string | null | undefined): Generator<Candidate> {
    for (const fact of facts) {
      for (const number of others.listOf(fact)) {
        if (this.#across.at(fact) === 0 || others.accountOf(number) !== account) yield { number, fact };
      }
    }
  }
}

/** Which members of one side each fact is about. Facts share lists, as set questions do. */
class SideOfFacts<T> {
  readonly #accounts: Numbered<T>['accounts'];
  /** Let go when everything was added. */
  #numbers: Numbered<T>['numbers'];
  readonly #members = new IntList();
  /** Of each list where its members begin; they end where those of the next one begin. */
  readonly #begins = new IntList();
  readonly #lists = new Map<readonly T[], number>();
  readonly #listOfFact = new IntList();

  constructor(numbered: Numbered<T>) {
    this.#numbers = numbered.numbers;
    this.#accounts = numbered.accounts;
  }

  addList(list: readonly T[]): void {
    const known = list.length > 1 ? this.#lists.get(list) : undefined;
    this.#listOfFact.push(known ?? this.#newList(list));
  }

  accountOf(number: number): string | null | undefined {
    return this.#accounts[number];
  }

  listOf(fact: number): Int32Array {
    const list = this.#listOfFact.at(fact);
    const end = list + 1 < this.#begins.length ? this.#begins.at(list + 1) : this.#members.length;
    return this.#members.items().subarray(this.#begins.at(list), end);
  }

  /** The facts of each member. What was needed to add lists is let go. */
  listing(): Listing {
    this.#lists.clear();
    this.#numbers = new Map();
    return listingBy(this.#listOfFact.length, (fact) => this.listOf(fact), this.#accounts.length);
  }

  #newList(list: readonly T[]): number {
    const number = this.#begins.length;
    this.#begins.push(this.#members.length);
    for (const one of list) {
      const member = this.#numbers.get(one);
      if (member === undefined) throw new TypeError('a fact is about somebody whom nobody asked about');
      this.#members.push(member);
    }
    if (list.length > 1) this.#lists.set(list, number);
    return number;
  }
}
