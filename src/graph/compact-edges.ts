import type { Json } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import { EDGE_TYPES, type EdgeType } from '../observations/entity-types.ts';
import type { EntityTable } from './compact-entities.ts';
import { EdgeIds } from './compact-ids.ts';
import { LineageTable } from './compact-lineage.ts';
import { InternedTexts, IntList } from './compact-texts.ts';
import { type EntityName, type GraphEdge, nameOf } from './documents.ts';

const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(EDGE_TYPES.map((type, number) => [type, number]));

const NO_EDGES: readonly GraphEdge[] = [];
const NO_PROPERTIES: GraphEdge['properties'] = {};

/** Edges in the order in which one of their ends lists them: by its slot, then by type, then by id, each edge once. */
interface Listing {
  /** Where the edges of a slot begin; they end where those of the next one begin. */
  readonly starts: Int32Array;
  readonly edges: Int32Array;
}

/** The edges of one tenant as columns of numbers: an edge is an object only while somebody looks at it. */
export class EdgeTable {
  readonly #tenant_id: TenantId;
  readonly #entities: EntityTable;
  readonly #ids = new EdgeIds();
  readonly #types = new IntList();
  readonly #from = new IntList();
  readonly #to = new IntList();
  readonly #properties = new InternedTexts();
  readonly #propertiesOf = new IntList();
  readonly #lineages = new LineageTable();
  readonly #lineageOf = new IntList();
  #outgoing: Listing = { starts: new Int32Array(1), edges: new Int32Array(0) };
  #incoming: Listing = this.#outgoing;

  constructor(tenant_id: TenantId, entities: EntityTable) {
    this.#tenant_id = tenant_id;
    this.#entities = entities;
  }

  /** Adds an edge of a known type; one that comes again replaces what it was. */
  add({ _id, edge_type, from, to, properties, lineage_records }: GraphEdge): void {
    this.#ids.add(_id);
    this.#types.push(TYPE_NUMBERS.get(edge_type) ?? 0);
    this.#from.push(this.#entities.slotNamed(from));
    this.#to.push(this.#entities.slotNamed(to));
    this.#propertiesOf.push(this.#properties.numberOf(JSON.stringify(properties)));
    this.#lineageOf.push(this.#lineages.numberOf(lineage_records, [from, to]));
  }

  /** Makes the edges known by their ends. Nothing may be added afterwards. */
  finish(): void {
    this.#outgoing = this.#listingBy(this.#from.items());
    this.#incoming = this.#listingBy(this.#to.items());
  }

  from(slot: number, type: EdgeType): readonly GraphEdge[] {
    return this.#list(this.#outgoing, slot, type);
  }

  to(slot: number, type: EdgeType): readonly GraphEdge[] {
    return this.#list(this.#incoming, slot, type);
  }

  #list({ starts, edges }: Listing, slot: number, type: EdgeType): readonly GraphEdge[] {
    const number = TYPE_NUMBERS.get(type) ?? -1;
    const end = starts[slot + 1] ?? 0;
    let found: GraphEdge[] | undefined;
    for (let at = this.#first(edges, starts[slot] ?? 0, end, number); at < end; at += 1) {
      const edge = edges[at] ?? 0;
      if (this.#types.at(edge) !== number) break;
      // The same edge twice: the one that came last.
      if (at + 1 < end && this.#isSame(edge, edges[at + 1] ?? 0)) continue;
      found ??= [];
      found.push(this.#view(edge, type));
    }
    return found ?? NO_EDGES;
  }

  /** The first edge of a type, or of one after it, among those of one end. */
  #first(edges: Int32Array, begin: number, end: number, type: number): number {
    let low = begin;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#types.at(edges[middle] ?? 0) < type) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isSame(a: number, b: number): boolean {
    return this.#types.at(a) === this.#types.at(b) && this.#ids.compare(a, b) === 0;
  }

  #view(edge: number, edge_type: EdgeType): GraphEdge {
    const from = this.#endAt(this.#from.at(edge));
    const to = this.#endAt(this.#to.at(edge));
    const properties = this.#properties.at(this.#propertiesOf.at(edge));
    return {
      _id: this.#ids.at(edge),
      tenant_id: this.#tenant_id,
      edge_type,
      from,
      to,
      properties: properties === '{}' ? NO_PROPERTIES : parsed(properties),
      lineage_records: this.#lineages.at(this.#lineageOf.at(edge), [from, to]),
    };
  }

  #endAt(slot: number): EntityName {
    const entity = this.#entities.at(slot);
    if (!entity) throw new TypeError(`no entity has the slot ${slot}`);
    return nameOf(entity);
  }

  #listingBy(ends: Int32Array): Listing {
    const starts = new Int32Array(this.#entities.size + 1);
    for (const slot of ends) starts[slot + 1] = (starts[slot + 1] ?? 0) + 1;
    for (let slot = 1; slot < starts.length; slot += 1) starts[slot] = (starts[slot] ?? 0) + (starts[slot - 1] ?? 0);
    const next = starts.slice();
    const edges = new Int32Array(ends.length);
    ends.forEach((slot, edge) => {
      const at = next[slot] ?? 0;
      edges[at] = edge;
      next[slot] = at + 1;
    });
    const order = (a: number, b: number): number =>
      this.#types.at(a) - this.#types.at(b) || this.#ids.compare(a, b) || a - b;
    for (let slot = 0; slot + 1 < starts.length; slot += 1) {
      const [begin, end] = [starts[slot] ?? 0, starts[slot + 1] ?? 0];
      if (end - begin > 1) edges.subarray(begin, end).sort(order);
    }
    return { starts, edges };
  }
}

const parsed = (text: string): Readonly<Record<string, Json>> => JSON.parse(text);
