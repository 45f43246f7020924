import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { beginPart } from '../../src/inventory/apply.ts';
import type { CellContext } from '../../src/inventory/context.ts';
import { removeUnseen } from '../../src/inventory/removal.ts';
import type { InventoryStores } from '../../src/inventory/stores.ts';
import type { Observation } from '../../src/observations/observation.ts';
import { aContext, complete, momentOf, ROLES } from './builders.ts';
import { beliefs, liveBeliefs } from './comparable.ts';
import { gated, killedAt } from './gated.ts';
import { memoryInventory } from './memory-stores.ts';
import { scanOf } from './scan.ts';
import { anyFacts, consistentFacts } from './worlds.ts';

/** Properties run hundreds of whole scans. */
vi.setConfig({ testTimeout: 60_000 });

const CELLS = ['aws_iam:111111111111', 'aws_lambda:111111111111'];

/** Facts in some order and in some groups. */
const grouped = (facts: readonly Observation[]): fc.Arbitrary<readonly (readonly Observation[])[]> =>
  fc
    .tuple(
      fc.shuffledSubarray([...facts], { minLength: facts.length }),
      fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
    )
    .map(([shuffled, sizes]) => {
      const groups: Observation[][] = [];
      for (let at = 0; at < shuffled.length; ) {
        const size = sizes.next().value;
        groups.push(shuffled.slice(at, at + size));
        at += size;
      }
      return groups;
    });

/** A whole cell: applies group by group, then removes what it did not see. */
async function cellOf(
  stores: InventoryStores,
  context: CellContext,
  groups: readonly (readonly Observation[])[],
): Promise<void> {
  const part = await beginPart(stores, context);
  await part.apply(ROLES, []);
  for (const group of groups) await part.apply(ROLES, group);
  await removeUnseen(stores, context, [complete()]);
}

describe('the same observations', () => {
  test('give the same documents in any order and grouping, and whichever cell comes first', async () => {
    const twice = fc
      .tuple(anyFacts, anyFacts)
      .chain(([a, b]) => fc.tuple(grouped(a), grouped(b), grouped(a), grouped(b)));
    await fc.assert(
      fc.asyncProperty(twice, async ([a, b, sameA, sameB]) => {
        const one = memoryInventory();
        await cellOf(one.stores, aContext({ cell: 'x:1' }), a);
        await cellOf(one.stores, aContext({ cell: 'y:1' }), b);
        const other = memoryInventory();
        await cellOf(other.stores, aContext({ cell: 'y:1' }), sameB);
        await cellOf(other.stores, aContext({ cell: 'x:1' }), sameA);
        expect(await liveBeliefs(other)).toEqual(await liveBeliefs(one));
      }),
      { numRuns: 300 },
    );
  });

  test('applied twice change nothing, and are counted as unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(consistentFacts, async (facts) => {
        const inventory = memoryInventory();
        await scanOf(inventory.stores, 1, facts);
        const before = [await inventory.entities(), await inventory.edges()];
        const { applied, removal } = await scanOf(inventory.stores, 2, facts);
        expect([await inventory.entities(), await inventory.edges()]).toEqual(before);
        expect(applied).toMatchObject({ wrote: false, counts: { added: 0, changed: 0, unchanged: facts.length } });
        expect(removal).toMatchObject({ wrote: false, removed: 0 });
      }),
    );
  });

  test('after any history give what they give in an empty inventory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(consistentFacts, { maxLength: 3 }), consistentFacts, async (history, now) => {
        const old = memoryInventory();
        for (const [index, facts] of history.entries()) await scanOf(old.stores, index + 1, facts);
        await scanOf(old.stores, 9, now);
        const fresh = memoryInventory();
        await scanOf(fresh.stores, 9, now);
        expect(await liveBeliefs(old)).toEqual(await liveBeliefs(fresh));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a cell that is killed and delivered again', () => {
  /** Delivers the parts of run 2 until they are through; a part that is killed is delivered again, alone. */
  async function delivered(
    stores: InventoryStores,
    parts: readonly (readonly Observation[])[],
    kills: readonly number[],
  ) {
    const left = [...kills];
    for (let part = 0; part < parts.length; ) {
      const at = left.shift();
      try {
        const facts = parts[part] ?? [];
        await partOf(at === undefined ? stores : killedAt(stores, at), part, facts, part === parts.length - 1);
        part += 1;
      } catch (error) {
        expect(error).toMatchObject({ message: 'killed' });
      }
    }
  }

  /** Each attempt looks at a moment of its own. */
  let attempts = 0;
  async function partOf(stores: InventoryStores, part: number, facts: readonly Observation[], last: boolean) {
    attempts += 1;
    const context = aContext({ seq: 2, part, observed_at: momentOf(attempts) });
    await (await beginPart(stores, context)).apply(ROLES, facts);
    if (last) await removeUnseen(stores, context, [complete()]);
  }

  test('ends in the same documents as one undisturbed, in whichever part and wherever it was killed', async () => {
    const kills = fc.array(fc.nat(30), { maxLength: 4 });
    const parts = consistentFacts.chain((facts) =>
      fc.nat(facts.length).map((cut) => [facts.slice(0, cut), facts.slice(cut)]),
    );
    await fc.assert(
      fc.asyncProperty(consistentFacts, parts, kills, async (before, now, at) => {
        const undisturbed = memoryInventory();
        await scanOf(undisturbed.stores, 1, before);
        await delivered(undisturbed.stores, now, []);

        const killed = memoryInventory();
        await scanOf(killed.stores, 1, before);
        await delivered(killed.stores, now, at);
        expect(await beliefs(killed)).toEqual(await beliefs(undisturbed));
        expect(await killed.unsettled()).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('cells that work at the same time', () => {
  test('end in the same documents however their steps interleave', async () => {
    const both = fc.tuple(consistentFacts, consistentFacts);
    await fc.assert(
      fc.asyncProperty(both, both, fc.scheduler(), async (before, now, scheduler) => {
        const raced = memoryInventory();
        for (const [index, cell] of CELLS.entries()) await scanOf(raced.stores, 1, before[index] ?? [], { cell });
        const stores = gated(raced.stores, () => scheduler.schedule(Promise.resolve()));
        const cells = CELLS.map((cell, index) => cellOf(stores, aContext({ cell, seq: 2 }), [now[index] ?? []]));
        await scheduler.waitFor(Promise.all(cells));

        const fresh = memoryInventory();
        for (const [index, cell] of CELLS.entries()) await scanOf(fresh.stores, 2, now[index] ?? [], { cell });
        expect(await liveBeliefs(raced)).toEqual(await liveBeliefs(fresh));
      }),
      { numRuns: 500 },
    );
  });
});
