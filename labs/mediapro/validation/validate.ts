import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '../../../src/kernel/canonical.ts';
import type { Criterion, Expectation, ListName, Query, Remembered, Step } from './criteria.ts';
import { type Document, matches, valueAt } from './matching.ts';

/** The estate and its hub, as criteria use them. */
export interface Subject {
  /** The items of a list of the API. */
  list(name: ApiList, query: Query): Promise<Documents>;
  cellsOf(run_id: string): Promise<Documents>;
  /** Each gives the runs that it made, once they are over and what they changed is stitched. */
  scan(): Promise<Documents>;
  push(): Promise<Documents>;
  /** Switches a rule, waits for the stitch, and gives what switches it back. */
  rule(id: string, enabled: boolean): Promise<Undo>;
  /** Denies actions to the spoke role of an account, and gives what gives them back. */
  deny(account: 'security' | 'workloads' | 'data', actions: readonly string[]): Promise<Undo>;
}

/** Lists that do not depend on the steps before. */
export type ApiList = Exclude<ListName, 'made-runs' | 'made-cells'>;
export type Documents = readonly Document[];
export type Undo = () => Promise<void>;

/** What became of a criterion. */
export type Outcome = { readonly id: string; readonly title: string; readonly seconds: number } & (
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'failed'; readonly why: string }
  | { readonly outcome: 'not_yet'; readonly why: string }
);

/** Asks the criteria one after the other, telling each as it is known. One that fails does not keep the others from being asked. */
export async function validate(
  subject: Subject,
  criteria: readonly Criterion[],
  tell: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const criterion of criteria) {
    const outcome = await outcomeOf(subject, criterion);
    outcomes.push(outcome);
    tell(outcome);
  }
  return outcomes;
}

async function outcomeOf(subject: Subject, criterion: Criterion): Promise<Outcome> {
  const { id, title } = criterion;
  const from = performance.now();
  const since = (): number => (performance.now() - from) / 1_000;
  if ('not_yet' in criterion) return { id, title, seconds: 0, outcome: 'not_yet', why: criterion.not_yet };
  const attempt = new Attempt(subject);
  const problems: string[] = [];
  try {
    for (const step of criterion.steps) await attempt.do(step);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  try {
    await attempt.restore();
  } catch (error) {
    problems.push(
      `what the criterion changed could not be put back: ${error instanceof Error ? error.message : error}`,
    );
  }
  const why = problems.join('; ');
  return why === ''
    ? { id, title, seconds: since(), outcome: 'ok' }
    : { id, title, seconds: since(), outcome: 'failed', why };
}

/** One criterion being asked: what it made, what it remembers, and what is to be put back. */
class Attempt {
  readonly #subject: Subject;
  readonly #runs: Document[] = [];
  readonly #remembered = new Map<string, { readonly what: Remembered; readonly items: Documents }>();
  readonly #undo: { readonly what: 'rule' | 'break'; readonly undo: Undo }[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Throws Error where the step does not hold. */
  async do(step: Step): Promise<void> {
    if ('scan' in step) this.#runs.push(...(await this.#subject.scan()));
    else if ('push' in step) this.#runs.push(...(await this.#subject.push()));
    else if ('mend' in step) await this.restore('break');
    else if ('rule' in step) {
      this.#undo.push({ what: 'rule', undo: await this.#subject.rule(step.rule.id, step.rule.enabled) });
    } else if ('break' in step) {
      this.#undo.push({ what: 'break', undo: await this.#subject.deny(step.break.account, step.break.actions) });
    } else if ('remember' in step) {
      this.#remembered.set(step.remember.as, { what: step.remember, items: await this.#items(step.remember) });
    } else if ('unchanged' in step) await this.#unchanged(step.unchanged);
    else await this.#expect(step.expect);
  }

  /** Puts back what was changed, last first; all of it, or of one kind. */
  async restore(kind?: 'rule' | 'break'): Promise<void> {
    for (const one of this.#undo.filter(({ what }) => !kind || what === kind).toReversed()) {
      this.#undo.splice(this.#undo.indexOf(one), 1);
      await one.undo();
    }
  }

  async #list(name: ListName, query: Query): Promise<Documents> {
    if (name === 'made-runs') return this.#runs;
    if (name !== 'made-cells') return this.#subject.list(name, query);
    const ids = this.#runs.map(({ _id }) => String(_id));
    return (await Promise.all(ids.map((id) => this.#subject.cellsOf(id)))).flat();
  }

  async #items({ list, query, except }: Remembered): Promise<Documents> {
    const items = await this.#list(list, query);
    return items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => !except.includes(name))));
  }

  async #unchanged(name: string): Promise<void> {
    const before = this.#remembered.get(name);
    if (!before) throw new Error(`nothing is remembered as ${name}`);
    if (before.items.length === 0) throw new Error(`there was nothing in ${name}`);
    const byId = (items: Documents) => new Map(items.map((item) => [String(item._id), item]));
    const [was, is] = [byId(before.items), byId(await this.#items(before.what))];
    const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
      (id) => !isDeepStrictEqual(was.get(id), is.get(id)),
    );
    if (changed.length === 0) return;
    const fields = changed.slice(0, 3).map((id) => `${id}: ${differing(was.get(id), is.get(id)).join(', ')}`);
    throw new Error(`${changed.length} of ${name} are not what they were: ${fields.join('; ')}`);
  }

  async #expect(expected: Expectation): Promise<void> {
    const { list, query, where, count, distinct } = expected;
    const items = await this.#list(list, query);
    const found = items.filter((item) => matches(item, where));
    const asked = `${list} ${JSON.stringify({ ...query, ...where })}`;
    if (distinct) {
      const values = new Set(found.map((item) => canonicalJson(valueAt(item, distinct.field))));
      if (values.size < distinct.at_least) throw new Error(`${asked}: ${values.size} different ${distinct.field}`);
      return;
    }
    const holds =
      count === 'all'
        ? items.length > 0 && found.length === items.length
        : typeof count === 'object'
          ? found.length >= count.at_least
          : found.length === count;
    if (!holds) {
      throw new Error(`${asked}: ${found.length} of ${items.length}, where there should be ${JSON.stringify(count)}`);
    }
  }
}

const differing = (before: Document | undefined, after: Document | undefined): readonly string[] => {
  if (!before) return ['appeared'];
  if (!after) return ['gone'];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
};
