import type { InventoryStores } from '../../src/inventory/stores.ts';

/** Methods that give a stream and not a promise. */
const STREAMS: ReadonlySet<PropertyKey> = new Set(['heldBy', 'entriesOf', 'all', 'ofCell', 'notedBefore']);

type Method = (...parameters: readonly unknown[]) => unknown;
type Interception = (method: PropertyKey, parameters: readonly unknown[], go: Method) => Promise<unknown>;

function intercepted<S extends object>(store: S, interception: Interception): S {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const go: Method = (...parameters) => Reflect.apply(method, target, parameters);
      if (!STREAMS.has(name)) return (...parameters: readonly unknown[]) => interception(name, parameters, go);
      return async function* stream(...parameters: readonly unknown[]) {
        const rows = await interception(name, parameters, go);
        // The parse edge of this proxy: the methods named above give streams.
        yield* rows as AsyncIterable<unknown>;
      };
    },
  });
}

const every = (stores: InventoryStores, interception: Interception): InventoryStores => ({
  entities: intercepted(stores.entities, interception),
  edges: intercepted(stores.edges, interception),
  unsettled: intercepted(stores.unsettled, interception),
  manifests: intercepted(stores.manifests, interception),
  claimants: intercepted(stores.claimants, interception),
  policy_documents: intercepted(stores.policy_documents, interception),
  activity: intercepted(stores.activity, interception),
});

/** Stores of which every operation waits for a gate first. */
export const gated = (stores: InventoryStores, gate: () => Promise<unknown>): InventoryStores =>
  every(stores, async (_method, parameters, go) => {
    await gate();
    return go(...parameters);
  });

/** Stores whose user is killed at its n-th operation: that one does not happen, or in a bulk only half of it does. */
export function killedAt(stores: InventoryStores, n: number): InventoryStores {
  let operations = 0;
  return every(stores, async (method, parameters, go) => {
    operations += 1;
    if (operations <= n) return go(...parameters);
    const [tenant_id, bulk] = parameters;
    if (operations === n + 1 && method === 'writeMany' && Array.isArray(bulk)) {
      await go(tenant_id, bulk.slice(0, Math.ceil(bulk.length / 2)));
    }
    throw new Error('killed');
  });
}

/** Stores in which something else happens once, right after the first call of a method has been answered. */
export function interposed(
  stores: InventoryStores,
  after: PropertyKey,
  happens: () => Promise<unknown>,
): InventoryStores {
  let pending = true;
  return every(stores, async (method, parameters, go) => {
    const answer = await go(...parameters);
    if (pending && method === after) {
      pending = false;
      await happens();
    }
    return answer;
  });
}
