import { EDGE_TYPES, isEntityType } from '../observations/entity-types.ts';
import type { EntityName, GraphEdge } from './documents.ts';
import type { GraphProblem } from './problems.ts';

const KNOWN_EDGES: ReadonlySet<string> = new Set(EDGE_TYPES);

/**
 * Tells documents of types that this version does not know, as they come: they are left out, and so are edges that end in one.
 * A document is stored as the version that wrote it knew it.
 */
export function unknownTypes() {
  const problems = new Map<string, GraphProblem>();
  const note = (entity: EntityName, place: 'entity_type' | 'edge_type', type: string): void => {
    const key = `${entity.id} ${place} ${type}`;
    if (!problems.has(key)) {
      const message = `no ${place === 'entity_type' ? 'entity' : 'edge'} type is called ${type}`;
      problems.set(key, { code: 'unknown_type', entity, place: `${place} ${type}`, message });
    }
  };
  const isKnownEntity = (name: EntityName): boolean => {
    const known = isEntityType(name.entity_type);
    if (!known) note(name, 'entity_type', name.entity_type);
    return known;
  };
  return {
    isKnownEntity,
    isKnownEdge: ({ edge_type, from, to }: GraphEdge): boolean => {
      const known = KNOWN_EDGES.has(edge_type);
      if (!known) note(from, 'edge_type', edge_type);
      const ends = [from, to].map(isKnownEntity);
      return known && !ends.includes(false);
    },
    problems: (): readonly GraphProblem[] => [...problems.values()],
  };
}
