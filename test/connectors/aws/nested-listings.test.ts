import { describe, expect, it } from 'vitest';
import { type ListingStep, nestedListings } from '../../../src/connectors/aws/nested-listings.ts';
import type { Observation } from '../../../src/observations/observation.ts';
import { gathered } from '../observed.ts';
import { awsError } from './look.ts';

interface Page {
  readonly items: readonly string[];
  readonly next?: string;
}

/** A tree of two levels: `things` have `parts`. What was asked for is noted. */
function tree(pages: Readonly<Record<string, Page | Error>>, cursor?: string) {
  const asked: string[] = [];
  const run = nestedListings({
    first: 'things',
    cursor,
    async *look(step: ListingStep, read) {
      const page = await read('service:List', async (token) => {
        const name = [step.list, step.parent, token].filter(Boolean).join(' ');
        asked.push(name);
        const found = pages[name];
        if (found instanceof Error) throw found;
        return found ?? { items: [] };
      });
      for (const name of page.items) {
        yield { kind: 'activity', entity: ENTITY, name, value: null } satisfies Observation;
      }
      const below = step.list === 'things' ? page.items.map((parent) => ({ list: 'parts', parent })) : [];
      return { next: page.next, below };
    },
  });
  return { asked, run };
}

const ENTITY = { entity_type: 'aws_ecs_cluster', source_system_id: 'x', source_record_id: 'y' } as const;

const seenIn = (observations: readonly Observation[]) =>
  observations.flatMap((seen) => (seen.kind === 'activity' ? [seen.name] : []));
const cursorsIn = (observations: readonly Observation[]) =>
  observations.flatMap((seen) => (seen.kind === 'checkpoint' ? [seen.cursor] : []));

const PAGES: Readonly<Record<string, Page>> = {
  things: { items: ['a', 'b'], next: '2' },
  'things 2': { items: ['c'] },
  'parts a': { items: ['a1'], next: 'x' },
  'parts a x': { items: ['a2'] },
  'parts b': { items: ['b1'] },
  'parts c': { items: ['c1'] },
};

describe('listings of what listings brought', () => {
  it('go down before they go on', async () => {
    const { asked, run } = tree(PAGES);
    await gathered(run);
    expect(asked).toEqual(['things', 'parts a', 'parts a x', 'parts b', 'things 2', 'parts c']);
  });

  it('can be resumed after any page, and bring then what is left and nothing twice', async () => {
    const whole = await gathered(tree(PAGES).run);
    for (const cursor of cursorsIn(whole)) {
      const before = whole.slice(
        0,
        whole.findIndex((seen) => seen.kind === 'checkpoint' && seen.cursor === cursor),
      );
      const after = await gathered(tree(PAGES, cursor).run);
      expect([...seenIn(before), ...seenIn(after)]).toEqual(seenIn(whole));
    }
    expect(cursorsIn(whole)).toHaveLength(5);
  });

  it('begin again with a cursor that is not theirs', async () => {
    expect(seenIn(await gathered(tree(PAGES, 'oops').run))).toContain('a1');
  });

  it('whose token expired begin again, and not those around them', async () => {
    const pages = { ...PAGES, 'parts a x': awsError('InvalidParameterException') };
    const cursor = JSON.stringify([{ list: 'parts', parent: 'a', token: 'x' }]);
    const { asked, run } = tree({ ...pages, 'parts a': { items: ['a1', 'a2'] } }, cursor);
    expect(seenIn(await gathered(run))).toEqual(['a1', 'a2']);
    expect(asked).toEqual(['parts a x', 'parts a']);
  });

  it('begin again for a token of an earlier part only', async () => {
    const pages = {
      ...PAGES,
      'parts a x': { items: [], next: 'y' },
      'parts a y': awsError('InvalidParameterException'),
    };
    const { asked, run } = tree(pages, JSON.stringify([{ list: 'parts', parent: 'a', token: 'x' }]));
    await expect(gathered(run)).rejects.toThrow('AWS says so');
    expect(asked).toEqual(['parts a x', 'parts a y']);
  });

  it('of one parent that are refused are a gap that names it, and the others go on', async () => {
    const observations = await gathered(tree({ ...PAGES, 'parts a': awsError('AccessDeniedException') }).run);
    expect(seenIn(observations)).toEqual(['a', 'b', 'b1', 'c', 'c1']);
    expect(observations.filter(({ kind }) => kind === 'gap')).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'service:List', item: 'a' }),
    ]);
  });

  it('of a parent that vanished are absent', async () => {
    const observations = await gathered(tree({ ...PAGES, 'parts a': awsError('ResourceNotFoundException') }).run);
    expect(observations.filter(({ kind }) => kind === 'gap')).toEqual([]);
    expect(seenIn(observations)).toContain('b1');
  });

  it('that answer with the same token for ever end with a gap', async () => {
    const observations = await gathered(tree({ ...PAGES, 'parts a x': { items: [], next: 'x' } }).run);
    expect(observations.filter(({ kind }) => kind === 'gap')).toEqual([
      expect.objectContaining({ code: 'source_unreachable', item: 'a' }),
    ]);
  });

  it('of the outermost that fail, fail', async () => {
    await expect(gathered(tree({ things: awsError('AccessDeniedException') }).run)).rejects.toThrow('AWS says so');
  });

  it('throw what is a bug', async () => {
    await expect(gathered(tree({ ...PAGES, 'parts a': new Error('a bug') }).run)).rejects.toThrow('a bug');
  });
});
