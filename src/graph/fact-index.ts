import { callerOf, type EstatePrincipal, type EstateResource, type PermissionFact } from '../policy/index.ts';
import { IntList, type Listing, listingBy } from './compact-texts.ts';

const NOTHING: Listing = { of: () => new Int32Array(0) };

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
  readonly #principals: Numbering<EstatePrincipal>;
  readonly #resources: Numbering<EstateResource>;
  readonly #across: IntList = new IntList();
  #ofPrincipal: Listing = NOTHING;
  #ofResource: Listing = NOTHING;

  /** Both sides, each in the order of its numbers. */
  constructor(principals: readonly EstatePrincipal[], resources: readonly EstateResource[]) {
    this.#principals = new Numbering(principals, ({ principal }) => callerOf(principal).account);
    this.#resources = new Numbering(resources, ({ resource }) => resource.account);
  }

  add({ principals, resources, across_accounts }: PermissionFact): void {
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

  *#candidates<T>(facts: Int32Array, others: Numbering<T>, account: string | null | undefined): Generator<Candidate> {
    for (const fact of facts) {
      for (const number of others.listOf(fact)) {
        if (this.#across.at(fact) === 0 || others.accountOf(number) !== account) yield { number, fact };
      }
    }
  }
}

/** The members of one side, numbered, and which of them each fact is about. Facts share lists, as set questions do. */
class Numbering<T> {
  readonly #numbers: Map<T, number>;
  readonly #accounts: readonly (string | null)[];
  readonly #members = new IntList();
  /** Of each list where its members begin; they end where those of the next one begin. */
  readonly #begins = new IntList();
  readonly #lists = new Map<readonly T[], number>();
  readonly #listOfFact = new IntList();

  constructor(all: readonly T[], accountOf: (one: T) => string | null) {
    this.#numbers = new Map(all.map((one, number) => [one, number]));
    this.#accounts = all.map(accountOf);
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
    this.#numbers.clear();
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
