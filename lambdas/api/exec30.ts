import * as z from 'zod';
import type { ActivityValue } from '../../src/inventory/stores.ts';

/** Under which executions of thirty days are counted. */
const EXEC30 = 'exec30';

/** As converters count, or a plain number, as somebody pushed it. */
const Count = z.union([z.int().min(0), z.object({ count: z.int().min(0) }).transform(({ count }) => count)]);

/** How often each entity ran in thirty days, by entity; one of which nobody says it is not in it. */
export const exec30Of = (activity: readonly ActivityValue[]): ReadonlyMap<string, number> =>
  new Map(
    activity.flatMap(({ entity_id, name, value }) => {
      const count = name === EXEC30 ? Count.safeParse(value) : undefined;
      return count?.success ? [[entity_id, count.data] as const] : [];
    }),
  );
