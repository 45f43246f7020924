import { inGroupsOf } from '../kernel/streams.ts';
import { assertMine, type CellContext } from './context.ts';
import type { Edge, EdgeEnd } from './edge.ts';
import { type Entity, entityOf, mostSpecific } from './entity.ts';
import { GROUP } from './manifest.ts';
import { rewrite } from './rewrite.ts';
import type { InventoryStores, Standing } from './stores.ts';

/** What far ends live by: the entities, and the edges that name them. */
export interface FarEndStores {
  readonly entities: Pick<InventoryStores['entities'], 'getMany' | 'writeMany' | 'standing'>;
  readonly edges: Pick<InventoryStores['edges'], 'namings' | 'claimHeads'>;
}

type FarEndContext = Pick<CellContext, 'tenant_id' | 'cell_id' | 'observed_at' | 'still_mine'>;

/** An edge, as far as it names things. */
export type NamingEdge = Pick<Edge, '_id' | 'from' | 'to'>;

/**
 * Makes sure that what edges name is there, at least as a far end. To be called after the edges were written. Costs one
 * small read where everything is there; what it wrote it checks against the same edges again, since somebody may have led
 * one of them elsewhere meanwhile and settled its ends before they were there. Returns how many entities it wrote.
 */
export async function ensureEnds(
  stores: FarEndStores,
  context: FarEndContext,
  edges: readonly NamingEdge[],
): Promise<number> {
  const named = bestNamed(edges.flatMap(endsOf));
  const written: string[] = [];
  for await (const ids of inGroupsOf(GROUP, named.keys())) {
    const standing = new Map((await stores.entities.standing(context.tenant_id, ids)).map((row) => [row._id, row]));
    const { changes } = await rewrite(
      stores.entities,
      context.tenant_id,
      ids.filter((id) => isLacking(standing.get(id), named.get(id))),
      (id, present) => asNamed(present, named.get(id), context.tenant_id),
      () => assertMine(context),
    );
    written.push(...changes.map(({ after }) => after._id));
  }
  const wrote = new Set(written);
  const naming = edges.filter((edge) => endsOf(edge).some(({ id }) => wrote.has(id)));
  const again =
    naming.length > 0
      ? await stores.edges.claimHeads(
          context.tenant_id,
          naming.map(({ _id }) => _id),
        )
      : [];
  const still = bestNamed(again.filter(({ claims }) => claims.length > 0).flatMap(endsOf));
  const doubtful = written.filter((id) => still.get(id)?.entity_type !== named.get(id)?.entity_type);
  return written.length + (await settleEnds(stores, context, doubtful));
}

/**
 * Brings entities that nobody claims to what the live edges say: retired where none names them, otherwise a far end of the
 * most specific type that any names. Whoever changes an edge calls this afterwards, and it looks again at what it wrote:
 * so of two workers, one naming an entity and one leaving it, the later sees what the earlier did. Returns how many
 * entities it wrote.
 */
export async function settleEnds(stores: FarEndStores, context: FarEndContext, ids: Iterable<string>): Promise<number> {
  let written = 0;
  for await (const group of inGroupsOf(GROUP, new Set(ids))) {
    let open: readonly string[] = group;
    while (open.length > 0) {
      const named = await namedEnds(stores, context.tenant_id, open);
      const { changes } = await rewrite(
        stores.entities,
        context.tenant_id,
        open,
        (id, present) => settled(present, named.get(id), context),
        () => assertMine(context),
      );
      written += changes.length;
      open = changes.map(({ after }) => after._id);
    }
  }
  return written;
}

/** What live edges say of entities: the most specific naming of each; those that no edge names are absent. */
export const namedEnds = async (
  stores: { readonly edges: Pick<InventoryStores['edges'], 'namings'> },
  tenant_id: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EdgeEnd>> => bestNamed(await stores.edges.namings(tenant_id, ids));

/** What becomes of an entity that nobody claims any more: a far end, if edges name it; otherwise retired with its last view. */
export function unclaimed(
  entity: Entity,
  named: EdgeEnd | undefined,
  { tenant_id, observed_at }: Pick<CellContext, 'tenant_id' | 'observed_at'>,
): Entity {
  if (named) return entityOf(tenant_id, named, [], entity);
  return { ...entity, claims: [], retired_at: observed_at, version: entity.version + 1 };
}

function settled(present: Entity | undefined, named: EdgeEnd | undefined, context: FarEndContext): Entity | undefined {
  if (!present) return named && entityOf(context.tenant_id, named, []);
  if (present.claims.length > 0) return undefined;
  const asItShouldBe = named
    ? !present.retired_at && present.entity_type === named.entity_type
    : present.retired_at !== undefined;
  return asItShouldBe ? undefined : unclaimed(present, named, context);
}

function bestNamed(ends: Iterable<EdgeEnd>): ReadonlyMap<string, EdgeEnd> {
  const best = new Map<string, EdgeEnd>();
  for (const end of ends) {
    const known = best.get(end.id);
    if (!known || isMoreSpecific(end, known)) best.set(end.id, end);
  }
  return best;
}

/** What becomes of an entity that an edge names; undefined where it is there already, as specific as it can be. */
function asNamed(present: Entity | undefined, named: EdgeEnd | undefined, tenant_id: string): Entity | undefined {
  if (!named || (present && present.claims.length > 0)) return undefined;
  if (!present || present.retired_at) return entityOf(tenant_id, named, [], present);
  return isMoreSpecific(named, present) ? entityOf(tenant_id, named, [], present) : undefined;
}

function isLacking(standing: Standing | undefined, named: EdgeEnd | undefined): boolean {
  if (!named || standing?.status === 'claimed') return false;
  return standing?.status !== 'far_end' || isMoreSpecific(named, standing);
}

const isMoreSpecific = (a: Pick<Entity, 'entity_type'>, b: Pick<Entity, 'entity_type'>): boolean =>
  mostSpecific(a.entity_type, b.entity_type) !== b.entity_type;

const endsOf = ({ from, to }: Pick<Edge, 'from' | 'to'>): readonly EdgeEnd[] => [from, to];
