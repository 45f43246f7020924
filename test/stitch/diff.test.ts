import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StitchAuditEntry } from '../../src/stitch/audit-entry.ts';
import { diffOf, someDiffs } from '../../src/stitch/diff.ts';

type Verdict = 'allowed' | 'conditional';

const brief = (verdict: Verdict) => {
  const entity = { entity_type: 'aws_lambda_function', source_record_id: 'arn', display_name: 'tagger' };
  return { workload: entity, resource: entity, access_level: 'Read', verdict, conditions: [], hops: [] };
};

/** An entry about a path: what it was and is, `undefined` where it was not there. */
const anEntry = (
  id: string,
  generation: number,
  was: Verdict | undefined,
  is: Verdict | undefined,
  workspaces: readonly string[] = ['platform'],
): StitchAuditEntry => ({
  _id: `${id}-${generation}`,
  tenant_id: 'nimbus',
  stitch_run_id: `stitch-${generation}`,
  generation,
  at: '2026-11-21T12:00:00.000Z',
  kind: 'path',
  id,
  change: was === undefined ? 'appeared' : is === undefined ? 'went' : 'changed',
  causes: [{ code: 'edge_appeared', message: `generation ${generation}` }],
  ...(was && { before: brief(was), before_hash: was }),
  ...(is && { after: brief(is), after_hash: is }),
  members: workspaces.map((one) => ({ workspace_ids: [one] })),
});

const changes = (entries: readonly StitchAuditEntry[], workspaces = ['platform']) =>
  diffOf(entries, workspaces).map(({ path_id, change }) => [path_id, change]);
const messages = (entries: readonly StitchAuditEntry[]) =>
  diffOf(entries, ['platform']).flatMap(({ causes }) => causes.map(({ message }) => message));

describe('what became of paths between two stitches', () => {
  it('is what appeared, what disappeared and what has another verdict', () => {
    const entries = [
      anEntry('c', 2, 'allowed', 'conditional'),
      anEntry('a', 2, undefined, 'allowed'),
      anEntry('b', 3, 'allowed', undefined),
    ];
    expect(diffOf(entries, ['platform'])).toMatchObject([
      { path_id: 'a', change: 'appeared', after: { verdict: 'allowed' }, stitch_run_id: 'stitch-2' },
      { path_id: 'b', change: 'disappeared', before: { verdict: 'allowed' }, stitch_run_id: 'stitch-3' },
      { path_id: 'c', change: 'verdict_changed', before: { verdict: 'allowed' }, after: { verdict: 'conditional' } },
    ]);
    expect(diffOf(entries, ['platform'])[0]).not.toHaveProperty('before');
    expect(diffOf(entries, ['platform'])[1]).not.toHaveProperty('after');
  });

  it('does not list what came and went, or went and came back as it was, or goes another way to the same verdict', () => {
    expect(changes([anEntry('a', 1, undefined, 'allowed'), anEntry('a', 2, 'allowed', undefined)])).toEqual([]);
    expect(changes([anEntry('a', 1, 'allowed', undefined), anEntry('a', 2, undefined, 'allowed')])).toEqual([]);
    expect(changes([anEntry('a', 1, 'allowed', 'allowed')])).toEqual([]);
  });

  it('lists what went and came back with another verdict', () => {
    expect(changes([anEntry('a', 1, 'allowed', undefined), anEntry('a', 2, undefined, 'conditional')])).toEqual([
      ['a', 'verdict_changed'],
    ]);
  });

  it('names the causes of the last time that it came or went, not of an earlier one', () => {
    const back_and_forth = [
      anEntry('a', 1, undefined, 'allowed'),
      anEntry('a', 2, 'allowed', undefined),
      anEntry('a', 3, undefined, 'allowed'),
    ];
    expect(messages(back_and_forth)).toEqual(['generation 3']);
    expect(messages([anEntry('a', 4, 'allowed', 'conditional'), anEntry('a', 5, 'conditional', undefined)])).toEqual([
      'generation 5',
    ]);
  });

  it('shows nothing of a path of which a member was hidden at any time in between', () => {
    const entries = [
      anEntry('a', 1, undefined, 'allowed'),
      anEntry('a', 2, 'allowed', undefined, ['platform', 'secret']),
    ];
    expect(changes(entries)).toEqual([]);
    expect(changes([anEntry('a', 1, undefined, 'allowed', ['secret'])])).toEqual([]);
    expect(changes([anEntry('a', 1, undefined, 'allowed', ['secret'])], ['secret'])).toEqual([['a', 'appeared']]);
  });

  it('takes no notice of what is not a path', () => {
    expect(changes([{ ...anEntry('a', 1, undefined, 'allowed'), kind: 'identity' }])).toEqual([]);
  });

  it('comes to what the state before and after say, whatever happened in between and in whichever order it is told', () => {
    const states = fc.array(fc.constantFrom<Verdict | undefined>(undefined, 'allowed', 'conditional'), {
      minLength: 2,
      maxLength: 8,
    });
    const history = states.map((list) => ({
      first: list[0],
      last: list.at(-1),
      entries: list.flatMap((is, index) =>
        index > 0 && is !== list[index - 1] ? [anEntry('a', index, list[index - 1], is)] : [],
      ),
    }));
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), ({ first, last, entries }, keys) => {
        const shuffled = entries
          .map((entry) => ({ entry, key: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ entry }) => entry);
        const expected = first === last ? [] : !first ? 'appeared' : last ? 'verdict_changed' : 'disappeared';
        expect(changes(shuffled).map(([, change]) => change)).toEqual([expected].flat());
      }),
    );
  });
});

describe('a page of differences', () => {
  const entries = ['a', 'b', 'c', 'd'].flatMap((id) => [
    anEntry(id, 1, undefined, 'allowed'),
    ...(id === 'b' ? [anEntry(id, 2, 'allowed', undefined)] : []),
  ]);
  let read = 0;
  async function* stream() {
    read = 0;
    for (const entry of entries) {
      read += 1;
      yield entry;
    }
  }

  it('holds so many of them, in the order of their paths, and reads no further than it must', async () => {
    expect((await someDiffs(stream(), ['platform'], 2)).map(({ path_id }) => path_id)).toEqual(['a', 'c']);
    expect(read).toBe(5);
    expect((await someDiffs(stream(), ['platform'], 10)).map(({ path_id }) => path_id)).toEqual(['a', 'c', 'd']);
    expect(await someDiffs(stream(), ['platform'], 0)).toEqual([]);
  });
});
