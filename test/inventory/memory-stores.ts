import { type Claimant, claimantKey } from '../../src/inventory/claim.ts';
import type { Edge } from '../../src/inventory/edge.ts';
import type { Entity } from '../../src/inventory/entity.ts';
import type { ManifestEntry } from '../../src/inventory/manifest.ts';
import type {
  ActivityValue,
  ClaimedStore,
  InventoryStores,
  KeptPolicyDocument,
  UnsettledEnds,
} from '../../src/inventory/stores.ts';
import { hashOf } from '../../src/kernel/canonical.ts';

type Documents<D> = Map<string, D>;

/** Sorted by key, as the stores promise; taken when asked for, as no server promises, and no caller may rely on. */
async function* sorted<D>(documents: Documents<D>, wanted: (document: D) => boolean): AsyncGenerator<D> {
  const keys = [...documents.keys()].sort();
  for (const key of keys) {
    const document = documents.get(key);
    if (document !== undefined && wanted(document)) yield structuredClone(document);
  }
}

function claimed<D extends Entity | Edge>(documents: Documents<D>): ClaimedStore<D> {
  const some = (tenant_id: string, ids: readonly string[]): readonly D[] =>
    ids.flatMap((id) => {
      const document = documents.get(id);
      return document?.tenant_id === tenant_id ? [structuredClone(document)] : [];
    });

  return {
    getMany: async (tenant_id, ids) => some(tenant_id, ids),

    async writeMany(tenant_id, replacements) {
      let lost = false;
      const taken: string[] = [];
      for (const { document, replaces } of replacements) {
        const present = documents.get(document._id);
        const expected =
          replaces === undefined ? !present : present?.tenant_id === tenant_id && present.version === replaces;
        if (expected) documents.set(document._id, structuredClone(document));
        else if (replaces === undefined) taken.push(document._id);
        else lost = true;
      }
      const replaced = replacements
        .filter(({ replaces }) => replaces !== undefined)
        .map(({ document }) => document._id);
      return lost ? [...replaced, ...taken] : taken;
    },

    claimHeads: async (tenant_id, ids) => some(tenant_id, ids),

    heldBy: (tenant_id, { instance_id, cell }, { from, to }) =>
      sorted(
        documents,
        (document) =>
          document.tenant_id === tenant_id &&
          document._id >= from &&
          document._id < to &&
          document.claims.some(({ by }) => by.instance_id === instance_id && by.cell === cell),
      ),

    async forgetRetired(tenant_id, before, limit) {
      const due = [...documents.values()]
        .filter((document) => document.tenant_id === tenant_id && (document.retired_at ?? before) < before)
        .slice(0, limit);
      for (const { _id } of due) documents.delete(_id);
      return due.map(({ _id }) => _id);
    },
  };
}

interface UnsettledNote extends UnsettledEnds {
  readonly tenant_id: string;
  readonly cell_id: string;
  readonly noted_at: string;
}

/** The inventory's stores in memory, and what is in them. */
export function memoryInventory() {
  const entities: Documents<Entity> = new Map();
  const edges: Documents<Edge> = new Map();
  const unsettled: Documents<UnsettledNote> = new Map();
  const manifests: Documents<ManifestEntry> = new Map();
  const claimants: Documents<Claimant & { readonly tenant_id: string }> = new Map();
  const policy_documents: Documents<KeptPolicyDocument> = new Map();
  const activity: Documents<ActivityValue> = new Map();

  const stores: InventoryStores = {
    entities: {
      ...claimed(entities),
      standing: async (tenant_id, ids) =>
        ids.flatMap((id) => {
          const entity = entities.get(id);
          if (entity?.tenant_id !== tenant_id) return [];
          const status = entity.retired_at ? 'retired' : entity.claims.length > 0 ? 'claimed' : 'far_end';
          return [{ _id: id, entity_type: entity.entity_type, status } as const];
        }),
    },
    edges: {
      ...claimed(edges),
      claimHeads: claimed(edges).getMany,
      namings: async (tenant_id, ids) =>
        [...edges.values()]
          .filter((edge) => edge.tenant_id === tenant_id && !edge.retired_at)
          .flatMap(({ from, to }) => [from, to])
          .filter(({ id }) => ids.includes(id)),
    },
    unsettled: {
      async note(tenant_id, cell_id, noted_at, entity_ids) {
        const _id = `${tenant_id}/${cell_id}/${hashOf(entity_ids)}`;
        unsettled.set(_id, { _id, tenant_id, cell_id, noted_at, entity_ids });
      },
      ofCell: (tenant_id, cell_id) =>
        sorted(unsettled, (note) => note.tenant_id === tenant_id && note.cell_id === cell_id),
      notedBefore: (tenant_id, before) =>
        sorted(unsettled, (note) => note.tenant_id === tenant_id && note.noted_at < before),
      async settled(_tenant_id, _id) {
        unsettled.delete(_id);
      },
    },
    manifests: {
      async restart(tenant_id, cell_id, part) {
        for (const entry of manifests.values()) {
          const again = entry.tenant_id === tenant_id && entry.cell_id === cell_id && entry.part >= part;
          if (again) manifests.delete(entry._id);
        }
      },
      async restartAlone(tenant_id, cell_id, part) {
        for (const entry of manifests.values()) {
          const again = entry.tenant_id === tenant_id && entry.cell_id === cell_id && entry.part === part;
          if (again) manifests.delete(entry._id);
        }
      },
      async note(entry) {
        if (manifests.has(entry._id)) throw new Error(`noted twice: ${entry._id}`);
        manifests.set(entry._id, entry);
      },
      async discard(tenant_id, cell_id) {
        for (const entry of manifests.values()) {
          if (entry.tenant_id === tenant_id && entry.cell_id === cell_id) manifests.delete(entry._id);
        }
      },
      countEntries: async (tenant_id, cell_id) =>
        [...manifests.values()].filter((entry) => entry.tenant_id === tenant_id && entry.cell_id === cell_id).length,
      entriesOf: (tenant_id, cell_id) =>
        sorted(manifests, (entry) => entry.tenant_id === tenant_id && entry.cell_id === cell_id),
    },
    claimants: {
      async register(tenant_id, by) {
        claimants.set(`${tenant_id}/${claimantKey(by)}`, { tenant_id, ...by });
      },
      all: (tenant_id) => sorted(claimants, (claimant) => claimant.tenant_id === tenant_id),
      async unregister(tenant_id, by) {
        claimants.delete(`${tenant_id}/${claimantKey(by)}`);
      },
    },
    policy_documents: {
      async keep(tenant_id, documents) {
        for (const kept of documents) policy_documents.set(`${tenant_id}/${kept.hash}`, kept);
      },
    },
    activity: {
      async record(tenant_id, values) {
        for (const value of values) {
          const key = `${tenant_id}/${value.entity_id}/${value.name}`;
          if ((activity.get(key)?.observed_at ?? '') <= value.observed_at) activity.set(key, value);
        }
      },
      async forgetEntities(_tenant_id, entity_ids) {
        for (const [key, { entity_id }] of activity) if (entity_ids.includes(entity_id)) activity.delete(key);
      },
    },
  };

  return {
    stores,
    entities: async (): Promise<readonly Entity[]> => [...entities.values()],
    edges: async (): Promise<readonly Edge[]> => [...edges.values()],
    policyDocuments: async (): Promise<readonly KeptPolicyDocument[]> => [...policy_documents.values()],
    unsettled: async (): Promise<readonly UnsettledEnds[]> => [...unsettled.values()],
    activity: async (): Promise<readonly ActivityValue[]> => [...activity.values()],
  };
}

/** An inventory to test, and a look at everything that is stored in it. */
export type InventoryUnderTest = ReturnType<typeof memoryInventory>;
