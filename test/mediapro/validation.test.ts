import { describe, expect, it } from 'vitest';
import { lineOf, mediaProCriteria } from '../../labs/mediapro/validate.ts';
import { type Criterion, readCriteria } from '../../labs/mediapro/validation/criteria.ts';
import { matches } from '../../labs/mediapro/validation/matching.ts';
import { type Documents, type Outcome, type Subject, validate } from '../../labs/mediapro/validation/validate.ts';

const placement = {
  region: 'us-east-1',
  organization_id: 'o-anywhere00',
  accounts: { security: '111111111111', workloads: '222222222222', data: '333333333333' },
};

/** A hub that answers from lists, and writes down what was done to it. */
function aSubject(lists: Partial<Record<string, Documents | (() => Documents)>> = {}) {
  const done: string[] = [];
  const subject: Subject = {
    list: async (name) => {
      const items = lists[name] ?? [];
      return typeof items === 'function' ? items() : items;
    },
    cellsOf: async (run_id) => [{ _id: `${run_id}-1`, status: 'succeeded' }],
    scan: async () => [{ _id: 'r1', status: 'succeeded' }],
    push: async () => [{ _id: 'r2', status: 'partial' }],
    rule: async (id, enabled) => {
      done.push(`${id} ${enabled}`);
      return async () => void done.push(`undo ${id}`);
    },
    deny: async (account, actions) => {
      done.push(`deny ${account} ${actions}`);
      return async () => void done.push(`undo ${account}`);
    },
  };
  return { subject, done };
}

type Steps = Extract<Criterion, { steps: unknown }>['steps'];
const expecting = (...steps: unknown[]): readonly Criterion[] =>
  readCriteria(JSON.stringify({ criteria: [{ id: 'V5', title: 'it holds', steps: steps as Steps }] }), {});

async function asked(subject: Subject, ...steps: unknown[]): Promise<Outcome> {
  const [outcome] = await validate(subject, expecting(...steps), () => {});
  if (!outcome) throw new Error('nothing was asked');
  return outcome;
}

describe('the criteria of the estate', () => {
  const criteria = mediaProCriteria(placement);

  it('are V1 to V14, of which those that cannot be asked yet say why', () => {
    const ids = Array.from({ length: 14 }, (_, at) => `V${at + 1}`);
    expect(criteria.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(criteria.flatMap((one) => ('not_yet' in one ? [one.id] : [])).toSorted()).toEqual([
      'V1',
      'V11',
      'V12',
      'V13',
    ]);
  });

  it('name the accounts where the estate stands', () => {
    expect(JSON.stringify(criteria)).toContain('aws_bedrock:222222222222');
    expect(() => readCriteria('criteria: [{id: V1, title: "{{nowhere}}", not_yet: x}]', {})).toThrow('{{nowhere}}');
  });

  it.each([
    ['a step that nobody knows', '{id: V1, title: t, steps: [{dance: true}]}'],
    ['a step that is two', '{id: V1, title: t, steps: [{scan: true, push: true}]}'],
    [
      'an operator that nobody knows',
      '{id: V1, title: t, steps: [{expect: {list: paths, where: {a: {above: 1}}, count: 1}}]}',
    ],
    ['a list that there is not', '{id: V1, title: t, steps: [{expect: {list: secrets, count: 1}}]}'],
    ['an expectation of nothing', '{id: V1, title: t, steps: [{expect: {list: paths}}]}'],
    ['a criterion that is neither asked nor put off', '{id: V1, title: t}'],
    ['code', '{id: V1, title: t, steps: [!!js/function "x"]}'],
  ])('are refused with %s', (_, criterion) => {
    expect(() => readCriteria(`criteria: [${criterion}]`, {})).toThrow();
  });

  it('an id that is there twice is refused', () => {
    expect(() =>
      readCriteria('criteria: [{id: V1, title: t, not_yet: x}, {id: V1, title: t, not_yet: x}]', {}),
    ).toThrow('twice');
  });
});

describe('a document', () => {
  const document = { a: 'x', n: 3, list: ['p', 'q'], rows: [{ k: 1 }, { k: 2 }], none: null, deep: { in: true } };

  it.each([
    [{ a: 'x', n: 3, none: null, 'deep.in': true }, true],
    [{ a: 'y' }, false],
    [{ n: '3' }, false],
    [{ list: ['p', 'q'] }, true],
    [{ list: ['q', 'p'] }, false],
    [{ list: { set: ['q', 'p'] } }, true],
    [{ list: { set: ['p'] } }, false],
    [{ list: { includes: 'q' } }, true],
    [{ list: { includes: 'r' } }, false],
    [{ a: { includes: 'x' } }, false],
    [{ 'rows.k': { set: [2, 1] } }, true],
    [{ n: { at_least: 3 } }, true],
    [{ n: { at_least: 4 } }, false],
    [{ a: { at_least: 0 } }, false],
    [{ gone: { at_least: 0 } }, false],
    [{ a: { one_of: ['x', 'y'] } }, true],
    [{ a: { one_of: ['y'] } }, false],
    [{ a: { not: 'y' } }, true],
    [{ a: { not: 'x' } }, false],
    [{ gone: { exists: false }, a: { exists: true } }, true],
    [{ none: { exists: false } }, false],
  ])('against %j: %j', (where, holds) => {
    expect(matches(document, where)).toBe(holds);
  });
});

describe('a criterion', () => {
  const paths: Documents = [
    { _id: 'p1', level: 'Read' },
    { _id: 'p2', level: 'Write' },
  ];
  const expects = (more: object) => ({ expect: { list: 'paths', ...more } });

  it('holds where so many items match', async () => {
    const { subject } = aSubject({ paths });
    const of = async (more: object) => (await asked(subject, expects(more))).outcome;
    expect(await of({ where: { level: 'Read' }, count: 1 })).toBe('ok');
    expect(await of({ where: { level: 'Read' }, count: 0 })).toBe('failed');
    expect(await of({ count: { at_least: 2 } })).toBe('ok');
    expect(await of({ count: { at_least: 3 } })).toBe('failed');
    expect(await of({ where: { _id: { exists: true } }, count: 'all' })).toBe('ok');
    expect(await of({ where: { level: 'Read' }, count: 'all' })).toBe('failed');
    expect(await of({ distinct: { field: 'level', at_least: 2 } })).toBe('ok');
    expect(await of({ where: { level: 'Read' }, distinct: { field: 'level', at_least: 2 } })).toBe('failed');
  });

  it('that all of nothing match is no proof', async () => {
    expect((await asked(aSubject().subject, expects({ count: 'all' }))).outcome).toBe('failed');
  });

  it('that fails says what was asked and what was found', async () => {
    const { subject } = aSubject({ paths });
    const outcome = await asked(subject, expects({ where: { level: 'Admin' }, count: 1 }));
    expect(lineOf(outcome)).toBe('failed   V5   it holds: paths {"level":"Admin"}: 0 of 2, where there should be 1');
  });

  it('sees the runs that its own steps made, and their cells', async () => {
    const { subject } = aSubject();
    const made = (list: string, where: object, count: number) => ({ expect: { list, where, count } });
    const outcome = await asked(
      subject,
      { scan: true },
      { push: true },
      made('made-runs', { status: 'partial' }, 1),
      made('made-cells', { _id: { one_of: ['r1-1', 'r2-1'] } }, 2),
    );
    expect(outcome).toMatchObject({ outcome: 'ok' });
  });

  it('what it remembered must be the same: nothing more, nothing less, nothing else', async () => {
    const remember = { remember: { as: 'before', list: 'paths', except: ['at'] } };
    const reread = async (...items: Documents) => {
      let reads = 0;
      const { subject } = aSubject({ paths: () => (reads++ === 0 ? [{ _id: 'a', n: 1, at: 1 }] : items) });
      return asked(subject, remember, { unchanged: 'before' });
    };
    expect(await reread({ _id: 'a', n: 1, at: 2 })).toMatchObject({ outcome: 'ok' });
    expect(await reread({ _id: 'a', n: 2, at: 1 })).toMatchObject({ why: '1 of before are not what they were: a: n' });
    expect(await reread()).toMatchObject({ why: '1 of before are not what they were: a: gone' });
    expect(await reread({ _id: 'a', n: 1 }, { _id: 'b' })).toMatchObject({ outcome: 'failed' });
    expect(await asked(aSubject().subject, remember, { unchanged: 'before' })).toMatchObject({
      why: 'there was nothing in before',
    });
    expect(await asked(aSubject().subject, { unchanged: 'nothing' })).toMatchObject({ outcome: 'failed' });
  });

  it('puts back what it changed, last first, also where it fails', async () => {
    const { subject, done } = aSubject();
    const outcome = await asked(
      subject,
      { rule: { id: 'one', enabled: false } },
      { break: { account: 'workloads', actions: ['bedrock:*'] } },
      expects({ count: 7 }),
      { rule: { id: 'two', enabled: true } },
    );
    expect(outcome.outcome).toBe('failed');
    expect(done).toEqual(['one false', 'deny workloads bedrock:*', 'undo workloads', 'undo one']);
  });

  it('gives back at once what it broke, and once only', async () => {
    const { subject, done } = aSubject();
    await asked(subject, { break: { account: 'data', actions: ['s3:*'] } }, { mend: true }, { scan: true });
    expect(done).toEqual(['deny data s3:*', 'undo data']);
  });

  it('that cannot be put back fails, and the others are asked all the same', async () => {
    const { subject } = aSubject();
    const stuck: Subject = { ...subject, rule: async () => () => Promise.reject(new Error('no way back')) };
    const told: Outcome[] = [];
    const criteria = readCriteria(
      `criteria:
        - {id: V1, title: later, not_yet: too early}
        - {id: V2, title: stuck, steps: [{rule: {id: r, enabled: true}}]}
        - {id: V3, title: fine, steps: [{scan: true}]}`,
      {},
    );
    await validate(stuck, criteria, (outcome) => told.push(outcome));
    expect(told.map(({ outcome }) => outcome)).toEqual(['not_yet', 'failed', 'ok']);
    expect(told[1]).toMatchObject({ why: expect.stringContaining('no way back') });
  });
});
