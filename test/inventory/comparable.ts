import type { InventoryUnderTest } from './memory-stores.ts';

/** Fields in which "the same documents" may differ: when and by whom they were seen, and how often they were written. */
const HISTORY = new Set(['observed_at', 'run_id', 'seq', 'first_seq', 'version']);

function withoutHistory(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutHistory);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !HISTORY.has(name))
      .map(([name, member]) => [name, withoutHistory(member)]),
  );
}

interface Retirable {
  readonly _id: string;
  readonly retired_at?: string;
}

/** A retired document keeps its last view, which is history; that it is retired is not. */
export const comparable = (documents: readonly Retirable[]): Record<string, unknown> =>
  Object.fromEntries(
    documents
      .toSorted((a, b) => (a._id < b._id ? -1 : 1))
      .map((document) => [document._id, document.retired_at ? 'retired' : withoutHistory(document)]),
  );

/** Everything that the inventory believes, without the fields that tell how it came to. */
export const beliefs = async (inventory: InventoryUnderTest) => ({
  entities: comparable(await inventory.entities()),
  edges: comparable(await inventory.edges()),
});

/** The same without retired documents: what is believed now, whatever was believed before. */
export async function liveBeliefs(inventory: InventoryUnderTest) {
  const live = (documents: readonly Retirable[]) => comparable(documents.filter(({ retired_at }) => !retired_at));
  return { entities: live(await inventory.entities()), edges: live(await inventory.edges()) };
}
