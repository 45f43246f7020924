import { AppError } from '../../src/kernel/failures.ts';
import type { Visibility } from '../../src/kernel/ids.ts';
import type { EdgeStore } from '../../src/store/edges.ts';
import type { EntityStore, WholeEntity } from '../../src/store/entities.ts';
import { DerivedId } from './filters.ts';

/** By which it is known what of the entities a caller sees. */
export interface SeenEntityDeps {
  readonly entities: Pick<EntityStore, 'list' | 'whole' | 'names'>;
  readonly edges: Pick<EdgeStore, 'isNamed'>;
}

/**
 * An entity that the caller sees: one that an instance of their workspaces claims, or that nobody claims and an edge of theirs
 * names; undefined where there is none.
 */
export async function seenEntity(
  deps: Pick<SeenEntityDeps, 'edges'> & { readonly entities: Pick<EntityStore, 'whole'> },
  caller: Visibility,
  id: string,
): Promise<WholeEntity | undefined> {
  const entity = DerivedId.safeParse(id).success ? await deps.entities.whole(caller.tenant_id, id) : undefined;
  if (!entity) return undefined;
  const seen =
    entity.workspace_ids.length === 0
      ? await deps.edges.isNamed(caller, id)
      : entity.workspace_ids.some((workspace_id) => caller.workspace_ids.includes(workspace_id));
  return seen ? entity : undefined;
}

/** Which of some entities the caller sees. */
export async function seenAmong(
  deps: SeenEntityDeps,
  caller: Visibility,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const seen = new Set((await deps.entities.names(caller, ids)).keys());
  for (const id of ids) {
    if (!seen.has(id) && (await seenEntity(deps, caller, id))) seen.add(id);
  }
  return seen;
}

/**
 * The id of the entity that a field names, by its id or by what its source calls it. Throws AppError `not_found`, and
 * `body_invalid` where several sources call something so, each naming the field.
 */
export async function entityNamed(
  deps: SeenEntityDeps,
  caller: Visibility,
  field: string,
  name: string,
): Promise<string> {
  if (await seenEntity(deps, caller, name)) return name;
  const [first, second] = await deps.entities.list(caller, { source_record_id: name }, 2);
  if (first && second) {
    throw new AppError(
      'body_invalid',
      `${field}: several source systems have a record ${name}; give the id of the entity`,
      {
        details: { field },
      },
    );
  }
  if (!first) throw new AppError('not_found', `${field}: there is no entity ${name}`, { details: { field } });
  return first._id;
}
