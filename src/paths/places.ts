import type { CanonicalIdentity } from '../correlations/identity.ts';
import type { EntityName, GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { type Location, locationOf } from './boundaries.ts';
import type { JoinedIndex } from './joined.ts';

/** An entity as a stop of chains: where it is, and what it is a record of. There is one for each entity. */
export interface Place {
  readonly entity: GraphEntity;
  readonly location: Location;
  readonly identity: CanonicalIdentity | undefined;
}

/** The places of a graph; each is made when it is first asked for. */
export interface Places {
  readonly of: (entity: GraphEntity) => Place;
  /** The place that an end of an edge names; if nobody saw it and nothing is stored of it, its name is all that is known. */
  readonly named: (name: EntityName) => Place;
}

/** Makes the places of a graph. */
export function placesOf(graph: Graph, joined: JoinedIndex): Places {
  const places = new Map<string, Place>();
  const of = (entity: GraphEntity): Place => {
    const known = places.get(entity._id);
    if (known) return known;
    const place = { entity, location: locationOf(graph, entity), identity: joined.identityOf(entity._id) };
    places.set(entity._id, place);
    return place;
  };
  return { of, named: (name) => of(graph.entity(name.id) ?? onlyNamed(graph, name)) };
}

const onlyNamed = (graph: Graph, { id, entity_type, source_system_id, source_record_id }: EntityName): GraphEntity => ({
  _id: id,
  tenant_id: graph.tenant_id,
  entity_type,
  display_name: source_record_id,
  source_system_id,
  source_record_id,
  properties: {},
  property_provenance: {},
  lineage_records: [],
  correlationKeys: [],
});
