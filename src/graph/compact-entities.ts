import { byText } from '../inventory/claim.ts';
import { mostSpecific } from '../inventory/entity.ts';
import type { LineageRecord, Provenance } from '../inventory/merge.ts';
import type { Json } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import { LineageTable } from './compact-lineage.ts';
import { InternedLists, InternedTexts, IntList, TextList } from './compact-texts.ts';
import type { EntityName, GraphEntity } from './documents.ts';

/** What is known of an entity beyond its names: read from bytes when asked for. */
interface Contents {
  readonly properties: (slot: number) => GraphEntity['properties'];
  readonly provenance: (entity: StoredEntity) => GraphEntity['property_provenance'];
  readonly lineage: (entity: StoredEntity) => readonly LineageRecord[];
}

const NO_KEYS: GraphEntity['correlationKeys'] = [];

/** An entity of which only the names are objects; properties, their provenance and the lineage are made when they are read. */
class StoredEntity implements GraphEntity {
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly entity_type: GraphEntity['entity_type'];
  readonly display_name: string;
  readonly source_system_id: string;
  readonly source_record_id: string;
  readonly correlationKeys: GraphEntity['correlationKeys'];
  readonly slot: number;
  readonly #contents: Contents;

  constructor(names: Names, slot: number, contents: Contents) {
    this._id = names._id;
    this.tenant_id = names.tenant_id;
    this.entity_type = names.entity_type;
    this.display_name = names.display_name;
    this.source_system_id = names.source_system_id;
    this.source_record_id = names.source_record_id;
    this.correlationKeys = names.correlationKeys.length > 0 ? names.correlationKeys : NO_KEYS;
    this.slot = slot;
    this.#contents = contents;
  }

  get properties(): GraphEntity['properties'] {
    return this.#contents.properties(this.slot);
  }

  get property_provenance(): GraphEntity['property_provenance'] {
    return this.#contents.provenance(this);
  }

  get lineage_records(): GraphEntity['lineage_records'] {
    return this.#contents.lineage(this);
  }
}

type Names = Omit<GraphEntity, 'properties' | 'property_provenance' | 'lineage_records'>;

/** Where the values of properties come from: thousands of entities share one. The record is left out where it is the entity's own. */
type Origin = Omit<Provenance, 'source_record_id'> & { readonly source_record_id?: string };

/** Stands for an origin that is not told. */
const UNTOLD = -1;

/** The values that were read last: whoever reads one property of an entity reads another. */
const REMEMBERED = 64;

/** The entities of one tenant. Each has a slot, by which edges name it; so have ends of edges that have no document. */
export class EntityTable {
  readonly #tenant_id: TenantId;
  readonly #slots = new Map<string, number>();
  readonly #entities: (StoredEntity | undefined)[] = [];
  /** Ends of edges whose document has not come. */
  readonly #named = new Map<number, EntityName>();
  readonly #shared = new InternedTexts();
  readonly #lineages = new LineageTable();
  readonly #lineageOf = new IntList();
  readonly #names = new InternedLists<string>();
  readonly #namesOf = new IntList();
  readonly #origins = new InternedTexts();
  readonly #parsedOrigins = new Map<number, Origin>();
  /** The origin of each property, as numbers. */
  readonly #originLists = new InternedLists<number>();
  readonly #originsOf = new IntList();
  readonly #values = new TextList();
  readonly #valuesOf = new IntList();
  readonly #contents: Contents;

  constructor(tenant_id: TenantId) {
    this.#tenant_id = tenant_id;
    const recent: { slot: number; properties: GraphEntity['properties'] }[] = [];
    this.#contents = {
      properties: (slot) => {
        const known = recent[slot % REMEMBERED];
        if (known?.slot === slot) return known.properties;
        const properties = this.#propertiesAt(slot);
        recent[slot % REMEMBERED] = { slot, properties };
        return properties;
      },
      provenance: (entity) => this.#provenanceOf(entity),
      lineage: (entity) => this.#lineages.at(this.#lineageOf.at(entity.slot), [entity]),
    };
  }

  /** The slot of an end of an edge, which is made if there is none. */
  slotNamed(end: EntityName): number {
    const known = this.#slots.get(end.id);
    if (known === undefined) return this.#addName(this.#newSlot(end.id), end);
    const named = this.#named.get(known);
    return named && named.entity_type !== end.entity_type ? this.#addName(known, end, named) : known;
  }

  add(entity: GraphEntity): void {
    const slot = this.#slots.get(entity._id) ?? this.#newSlot(entity._id);
    this.#named.delete(slot);
    const names = { ...entity, source_system_id: this.#shared.shared(entity.source_system_id) };
    const stored = new StoredEntity({ ...names, tenant_id: this.#tenant_id }, slot, this.#contents);
    this.#entities[slot] = stored;
    const property_names = Object.keys(entity.properties);
    this.#namesOf.set(slot, this.#names.numberOf(property_names));
    this.#originsOf.set(slot, this.#originLists.numberOf(this.#originNumbers(entity, property_names)));
    this.#valuesOf.set(slot, this.#values.add(JSON.stringify(Object.values(entity.properties))));
    this.#lineageOf.set(slot, this.#lineages.numberOf(entity.lineage_records, [entity]));
  }

  slotOf(id: string): number | undefined {
    return this.#slots.get(id);
  }

  /** Undefined for ends of edges, until `finish`. */
  at(slot: number): GraphEntity | undefined {
    return this.#entities[slot];
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Makes entities of the ends that only edges name, as the inventory does of far ends. All entities, ordered by id. */
  finish(): readonly GraphEntity[] {
    for (const { id, entity_type, source_system_id, source_record_id } of [...this.#named.values()]) {
      this.add({
        _id: id,
        tenant_id: this.#tenant_id,
        entity_type,
        display_name: source_record_id,
        source_system_id,
        source_record_id,
        properties: {},
        property_provenance: {},
        correlationKeys: [],
        lineage_records: [],
      });
    }
    return this.#entities.filter((entity) => entity !== undefined).sort((a, b) => byText(a._id, b._id));
  }

  #newSlot(id: string): number {
    const slot = this.#entities.length;
    this.#slots.set(id, slot);
    this.#entities.push(undefined);
    for (const column of [this.#namesOf, this.#originsOf, this.#valuesOf, this.#lineageOf]) column.push(0);
    return slot;
  }

  /** Several edges may name an end differently: the name is the same whatever their order. */
  #addName(slot: number, end: EntityName, known: EntityName = end): number {
    const entity_type = mostSpecific(known.entity_type, end.entity_type);
    this.#named.set(slot, { ...(entity_type === end.entity_type ? end : known) });
    return slot;
  }

  #propertiesAt(slot: number): GraphEntity['properties'] {
    const values: readonly Json[] = JSON.parse(this.#values.at(this.#valuesOf.at(slot)));
    const properties: Record<string, Json> = {};
    const names = this.#names.at(this.#namesOf.at(slot));
    for (let i = 0; i < names.length; i += 1) properties[names[i] ?? ''] = values[i] ?? null;
    return properties;
  }

  #provenanceOf({ slot, source_record_id }: StoredEntity): GraphEntity['property_provenance'] {
    const names = this.#names.at(this.#namesOf.at(slot));
    const provenance: Record<string, Provenance> = {};
    const made = new Map<number, Provenance>();
    this.#originLists.at(this.#originsOf.at(slot)).forEach((number, i) => {
      if (number === UNTOLD) return;
      const known = made.get(number) ?? { source_record_id, ...this.#originAt(number) };
      made.set(number, known);
      provenance[names[i] ?? ''] = known;
    });
    return provenance;
  }

  #originNumbers({ property_provenance, source_record_id }: GraphEntity, names: readonly string[]): readonly number[] {
    let last: { readonly provenance: Provenance; readonly number: number } | undefined;
    return names.map((name) => {
      const provenance = property_provenance[name];
      if (!provenance) return UNTOLD;
      if (!last || !isSame(last.provenance, provenance)) {
        const { source_record_id: record, ...origin } = provenance;
        const told: Origin = record === source_record_id ? origin : provenance;
        last = { provenance, number: this.#origins.numberOf(JSON.stringify(told)) };
      }
      return last.number;
    });
  }

  #originAt(number: number): Origin {
    const known = this.#parsedOrigins.get(number);
    if (known) return known;
    const origin: Origin = JSON.parse(this.#origins.at(number));
    this.#parsedOrigins.set(number, origin);
    return origin;
  }
}

const isSame = (a: Provenance, b: Provenance): boolean =>
  a === b ||
  (a.run_id === b.run_id &&
    a.api === b.api &&
    a.cell === b.cell &&
    a.observed_at === b.observed_at &&
    a.connector_id === b.connector_id &&
    a.source_record_id === b.source_record_id);
