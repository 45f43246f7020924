import { hashOf } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import { inGroupsOf } from '../kernel/streams.ts';
import type { StitchedKind } from './audit-entry.ts';
import type { Asked, Computation, Computed, Difference, StoredDocuments } from './computation.ts';
import { type AuditEntries, entryOf, type Leftovers, leftovers, toldBefore, type Writing } from './stitch-entries.ts';
import type { StitchWrites } from './stitch-run.ts';
import type { StitchedCorrelation } from './stitched-correlation.ts';
import type { IdentityMember } from './stitched-identity.ts';

/** Where what a stitch found of one kind is kept. */
export interface KindStore<D> {
  /** Hashes of all that stands, by id. */
  readonly hashes: (tenant_id: TenantId) => Promise<ReadonlyMap<string, string>>;
  readonly getMany: (tenant_id: TenantId, ids: readonly string[]) => Promise<readonly D[]>;
  readonly put: (tenant_id: TenantId, documents: readonly D[]) => Promise<void>;
  readonly remove: (tenant_id: TenantId, ids: readonly string[]) => Promise<void>;
}

/** Where what a stitch found is kept, and what it says of it. */
export interface StitchedStores {
  readonly correlations: KindStore<StoredDocuments['correlation']>;
  readonly identities: KindStore<StoredDocuments['identity']>;
  readonly paths: KindStore<StoredDocuments['path']>;
  readonly members: Omit<KindStore<IdentityMember>, 'getMany'>;
  readonly audit: AuditEntries;
}

/** Documents read and written in one go. */
const GROUP = 1_000;

/**
 * Writes what differs from the last stitch that came to its end, each group after the entries that tell of it. Entries of a
 * stitch that was killed tell what it may have written and what was there before: so that the next one goes on where it can,
 * and ends in the same documents, entries and counts as if the killed one had never been.
 */
export async function writeDifferences(
  stores: StitchedStores,
  computation: Computation,
  computed: Computed,
  writing: Writing,
): Promise<{ readonly correlations: StitchWrites; readonly identities: StitchWrites; readonly paths: StitchWrites }> {
  const left = await leftovers(stores.audit, writing);
  const write = <K extends StitchedKind>(kind: K, store: Written<K>): Promise<StitchWrites> =>
    writeKind(kind, store, { stores, computation, computed, writing, left });
  const correlations = await write('correlation', correlationsTo(stores.correlations, writing, left));
  const identities = await write('identity', plainly(stores.identities, writing));
  await writeMembers(stores.members, computed.memberships, writing);
  const paths = await write('path', plainly(stores.paths, writing));
  for await (const ids of inGroupsOf(GROUP, left.stale)) {
    writing.fence();
    await stores.audit.remove(writing.tenant_id, ids);
  }
  return { correlations, identities, paths };
}

/** How differences of one kind are written. */
interface Written<K extends StitchedKind> {
  readonly store: Omit<KindStore<StoredDocuments[K]>, 'remove' | 'put'>;
  readonly write: (
    differences: readonly Difference<K>[],
    before: ReadonlyMap<string, StoredDocuments[K]>,
  ) => Promise<void>;
}

interface Kinds {
  readonly stores: StitchedStores;
  readonly computation: Computation;
  readonly computed: Computed;
  readonly writing: Writing;
  readonly left: Leftovers;
}

async function writeKind<K extends StitchedKind>(
  kind: K,
  { store, write }: Written<K>,
  { stores, computation, computed, writing, left }: Kinds,
): Promise<StitchWrites> {
  const { tenant_id, fence } = writing;
  const found = computed.hashes[kind];
  const stored = await store.hashes(tenant_id);
  const base = (id: string): string | undefined => {
    const entry = left.of(kind, id);
    return entry ? entry.before_hash : stored.get(id);
  };
  // In the order in which they were found: that is how the computation has them at hand.
  const ids = new Set([...found.keys(), ...stored.keys(), ...left.ids(kind)]);
  const open: string[] = [];
  for (const id of ids) {
    const [is, was, entry] = [found.get(id), base(id), left.of(kind, id)];
    const is_told = entry !== undefined && entry.after_hash === is && was !== is;
    // Correlations are asked about all the same: paths differ because of them.
    const is_settled = stored.get(id) === is && (was === is || (is_told && kind !== 'correlation'));
    if (!is_settled) open.push(id);
    else if (is_told) left.stale.delete(entry._id);
  }
  for await (const group of inGroupsOf(GROUP, open)) {
    const before = new Map((await store.getMany(tenant_id, group)).map((document) => [document._id, document]));
    const told = await toldBefore(
      stores.audit,
      tenant_id,
      group.map((id) => left.of(kind, id)),
    );
    const known = (id: string): Pick<Asked, 'stood' | 'told'> => {
      const [stood, entry] = [base(id), told.get(id)];
      return {
        ...(stood !== undefined && { stood }),
        ...(entry?.after_hash === found.get(id) && entry && { told: entry.causes }),
      };
    };
    const differences = await askedOf(computation, kind, group, before, known);
    const entries = differences.flatMap((one) => entryOf(one, base(one.id), told.get(one.id), writing) ?? []);
    for (const { _id } of entries) left.stale.delete(_id);
    fence();
    await stores.audit.put(tenant_id, entries);
    fence();
    await write(differences, before);
  }
  const count = (which: (was: boolean, is: boolean, same: boolean) => boolean): number =>
    [...ids].filter((id) => which(base(id) !== undefined, found.has(id), base(id) === found.get(id))).length;
  return {
    added: count((was, is) => !was && is),
    changed: count((was, is, same) => was && is && !same),
    removed: count((was, is) => was && !is),
    unchanged: count((was, _is, same) => was && same),
  };
}

async function askedOf<K extends StitchedKind>(
  computation: Computation,
  kind: K,
  ids: readonly string[],
  before: ReadonlyMap<string, StoredDocuments[K]>,
  known: (id: string) => Pick<Asked, 'stood' | 'told'>,
): Promise<readonly Difference<K>[]> {
  // One question of a kind is of the type of that kind, and so is its answer: the compiler does not follow that for each K.
  const asked = ids.map((id) => ({ kind, id, before: before.get(id), ...known(id) })) as unknown as readonly Asked[];
  return (await computation.differences(asked)) as unknown as readonly Difference<K>[];
}

/** Identities and paths: what is found is stored, what is not is removed. */
function plainly<K extends 'identity' | 'path'>(store: KindStore<StoredDocuments[K]>, writing: Writing): Written<K> {
  const { tenant_id, run_id, at, fence } = writing;
  return {
    store,
    async write(differences) {
      const found = differences.flatMap(({ after }) =>
        after ? [{ ...after, stitch_run_id: run_id, stitched_at: at }] : [],
      );
      const gone = differences.filter(({ after }) => !after).map(({ id }) => id);
      // A found document with its stamps is a stored one: see StitchedIdentity and StitchedPath.
      if (found.length > 0) await store.put(tenant_id, found as unknown as readonly StoredDocuments[K][]);
      if (gone.length === 0) return;
      fence();
      await store.remove(tenant_id, gone);
    },
  };
}

/** Correlations: what is not found any more stays, retired, and says why. */
function correlationsTo(
  store: StitchedStores['correlations'],
  { tenant_id, run_id, at, fence }: Writing,
  left: Leftovers,
): Written<'correlation'> {
  /** Whether it was found first by a stitch that never came to its end, and so never was. */
  const neverWas = (before: StitchedCorrelation): boolean =>
    left.of('correlation', before._id)?.stitch_run_id === before.first_stitch_run_id &&
    left.of('correlation', before._id)?.before_hash === undefined;
  return {
    store,
    async write(differences, stored) {
      const documents: StitchedCorrelation[] = [];
      const never: string[] = [];
      for (const { id, after, retired_because } of differences) {
        const before = stored.get(id);
        const first_stitch_run_id = before && !neverWas(before) ? before.first_stitch_run_id : run_id;
        const stamps = { first_stitch_run_id, last_stitch_run_id: run_id, stitched_at: at };
        if (after) documents.push({ ...after, status: 'active', ...stamps });
        else if (before && neverWas(before)) never.push(id);
        else if (before) {
          documents.push({ ...before, status: 'retired', ...(retired_because && { retired_because }), ...stamps });
        }
      }
      await store.put(tenant_id, documents);
      if (never.length === 0) return;
      fence();
      await store.remove(tenant_id, never);
    },
  };
}

/** Memberships follow from identities: they are written like them and not told of. */
async function writeMembers(
  store: StitchedStores['members'],
  memberships: readonly IdentityMember[],
  { tenant_id, fence }: Writing,
): Promise<void> {
  const stored = await store.hashes(tenant_id);
  const differing = memberships.filter((one) => stored.get(one._id) !== hashOf(one));
  const found = new Set(memberships.map(({ _id }) => _id));
  const gone = [...stored.keys()].filter((id) => !found.has(id));
  for await (const group of inGroupsOf(GROUP, differing)) {
    fence();
    await store.put(tenant_id, group);
  }
  for await (const group of inGroupsOf(GROUP, gone)) {
    fence();
    await store.remove(tenant_id, group);
  }
}
