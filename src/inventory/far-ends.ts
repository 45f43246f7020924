import { inGroupsOf } from '../kernel/streams.ts';
import type { EntityType } from '../observations/entity-types.ts';
import { entityId } from '../observations/fingerprint.ts';
import type { EntityRef } from '../observations/observation.ts';
import { assertMine, type CellContext } from './context.ts';
import { type Entity, entityOf, mostSpecific } from './entity.ts';
import { GROUP } from './manifest.ts';
import { rewrite } from './rewrite.ts';
import type { InventoryStores, Standing } from './stores.ts';

/** What far ends live by: the entities, and the edges that name them. */
export interface FarEndStores {
  readonly entities: Pick<InventoryStores['entities'], 'getMany' | 'writeMany' | 'standing'>;
  readonly edges: Pick<InventoryStores['edges'], 'namings'>;
}

type FarEndContext = Pick<CellContext, 'tenant_id' | 'cell_id' | 'observed_at' | 'still_mine'>;

const isFarEnd = (entity: Entity): boolean => entity.claims.length === 0;

/**
 * Makes sure that what edges name is there, at least as a far end. To be called after the edges were written: whoever
 * retires a far end counts its edges again afterwards, so that one of the two always sees the other. Returns how many
 * entities it wrote.
 */
export async function ensureEnds(
  stores: FarEndStores,
  context: FarEndContext,
  refs: Iterable<EntityRef>,
): Promise<number> {
  const named = new Map<string, EntityRef>();
  for (const ref of refs) {
    const id = entityId(context.tenant_id, ref);
    const known = named.get(id);
    named.set(id, known ? { ...ref, entity_type: mostSpecific(known.entity_type, ref.entity_type) } : ref);
  }
  let written = 0;
  for await (const ids of inGroupsOf(GROUP, named.keys())) {
    const standing = new Map((await stores.entities.standing(context.tenant_id, ids)).map((row) => [row._id, row]));
    const lacking = ids.filter((id) => isLacking(standing.get(id), named.get(id)));
    const changes = await rewrite(
      stores.entities,
      context.tenant_id,
      lacking,
      (id, present) => {
        const ref = named.get(id);
        if (!ref || (present && !isFarEnd(present))) return undefined;
        const entity_type =
          present && !present.retired_at ? mostSpecific(present.entity_type, ref.entity_type) : ref.entity_type;
        if (present && !present.retired_at && present.entity_type === entity_type) return undefined;
        return entityOf(context.tenant_id, { ...ref, entity_type }, [], present);
      },
      () => assertMine(context),
    );
    written += changes.length;
  }
  return written;
}

function isLacking(standing: Standing | undefined, ref: EntityRef | undefined): boolean {
  if (standing?.status === 'claimed' || !ref) return false;
  if (standing?.status !== 'far_end') return true;
  return mostSpecific(standing.entity_type, ref.entity_type) !== standing.entity_type;
}

/**
 * Brings entities that nobody claims to what the live edges say: retired where none names them, a far end of the most
 * specific type named otherwise. Looks again at what it retired, since an edge may have appeared meanwhile. Returns how
 * many it wrote.
 */
export async function settleFarEnds(
  stores: FarEndStores,
  context: FarEndContext,
  ids: Iterable<string>,
): Promise<number> {
  let written = 0;
  for await (const group of inGroupsOf(GROUP, new Set(ids))) {
    let open: readonly string[] = group;
    while (open.length > 0) {
      const types = await namedTypes(stores, context.tenant_id, open);
      const changes = await rewrite(
        stores.entities,
        context.tenant_id,
        open,
        (id, present) => present && settled(present, types.get(id), context),
        () => assertMine(context),
      );
      written += changes.length;
      open = changes.filter(({ after }) => after.retired_at).map(({ after }) => after._id);
    }
  }
  return written;
}

/** As what live edges name entities: the most specific type of each; those that none names are absent. */
export async function namedTypes(
  stores: Pick<FarEndStores, 'edges'>,
  tenant_id: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EntityType>> {
  const types = new Map<string, EntityType>();
  for (const { id, entity_type } of await stores.edges.namings(tenant_id, ids)) {
    types.set(id, mostSpecific(types.get(id) ?? entity_type, entity_type));
  }
  return types;
}

/** What becomes of an entity that lost its last claim: a far end of the type that edges name it by, or retired with its last view. */
export function unclaimed(
  entity: Entity,
  named: EntityType | undefined,
  context: Pick<CellContext, 'tenant_id' | 'cell_id' | 'observed_at'>,
): Entity {
  if (named) return entityOf(context.tenant_id, { ...entity, entity_type: named }, [], entity);
  const { observed_at: retired_at, cell_id: retired_by } = context;
  return { ...entity, claims: [], retired_at, retired_by, version: entity.version + 1 };
}

function settled(present: Entity, named: EntityType | undefined, context: FarEndContext): Entity | undefined {
  if (!isFarEnd(present)) return undefined;
  const asItShouldBe = named ? !present.retired_at && present.entity_type === named : present.retired_at !== undefined;
  return asItShouldBe ? undefined : unclaimed(present, named, context);
}
