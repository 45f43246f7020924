import { describe, expect, test } from 'vitest';
import { beginPart } from '../../src/inventory/apply.ts';
import { GROUP, idRanges, MOST_IDS } from '../../src/inventory/manifest.ts';
import { removeUnseen } from '../../src/inventory/removal.ts';
import type { IdRange } from '../../src/inventory/stores.ts';
import { sha256 } from '../../src/kernel/canonical.ts';
import { aContext, aNode, aRoleRef, complete, ROLES } from './builders.ts';
import { memoryInventory } from './memory-stores.ts';
import { scanOf } from './scan.ts';

describe('ranges of ids', () => {
  test.each([0, MOST_IDS, MOST_IDS + 1, 50 * MOST_IDS])('hold every id exactly once (%i ids)', (total) => {
    const ranges = idRanges(total);
    for (let index = 0; index < 500; index += 1) {
      const id = sha256(String(index));
      expect(ranges.filter(({ from, to }) => id >= from && id < to)).toHaveLength(1);
    }
  });

  test('are one for a small cell, and as many as keep each one small for a large', () => {
    expect(idRanges(MOST_IDS)).toHaveLength(1);
    expect(idRanges(MOST_IDS + 1)).toHaveLength(16);
    expect(idRanges(17 * MOST_IDS)).toHaveLength(256);
  });
});

describe('a manifest of more ids than are held at once', () => {
  const roles = Array.from({ length: 150 }, (_, index) => aNode(aRoleRef(`role-${index}`)));

  test('is gone over in ranges, and the same is removed', async () => {
    const { stores, entities } = memoryInventory();
    await scanOf(stores, 1, roles);
    const asked: IdRange[] = [];
    const watched = {
      ...stores,
      entities: {
        ...stores.entities,
        heldBy: (...[tenant_id, cell, range]: Parameters<typeof stores.entities.heldBy>) => {
          asked.push(range);
          return stores.entities.heldBy(tenant_id, cell, range);
        },
      },
    };
    const context = aContext({ seq: 2 });
    const part = await beginPart(stores, context);
    for (const role of roles.slice(10)) await part.apply(ROLES, [role]);
    const removal = await removeUnseen(watched, context, [complete()]);
    expect(roles.length * GROUP).toBeGreaterThan(MOST_IDS);
    expect(new Set(asked.map(({ from }) => from)).size).toBe(16);
    expect(removal).toMatchObject({ removed: 10, holds: 150 });
    const retired = (await entities()).filter(({ retired_at }) => retired_at).map(({ display_name }) => display_name);
    expect(retired.sort()).toEqual(roles.slice(0, 10).map(({ display_name }) => display_name));
  });
});
