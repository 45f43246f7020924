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
  /** The place of a name. Ends of edges always have one; what a correlation or an identity names may be gone. */
  readonly named: (name: EntityName) => Place | undefined;
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
  const named = ({ id }: EntityName): Place | undefined => {
    const entity = graph.entity(id);
    return entity && of(entity);
  };
  return { of, named };
}
