import { canonicalJson, type Json } from '../kernel/canonical.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Statement } from '../observations/observation.ts';
import { byText, type Claim, claimantKey, smallerText } from './claim.ts';

/** The part of a claim's facts that entities and edges have in common. */
export interface PropertyFacts {
  readonly properties: Readonly<Record<string, Json>>;
  /** The call that showed it. */
  readonly api: string;
  /** Only those properties that another call than `api` showed. */
  readonly property_apis: Readonly<Record<string, string>>;
  /** Properties in which this claimant is believed before others. */
  readonly authoritative: readonly string[];
}

/** Where the current value of a property comes from. `observed_at` and `run_id` name the run that first saw it. */
export interface Provenance {
  readonly connector_id: string;
  readonly source_record_id: string;
  readonly observed_at: IsoTime;
  readonly run_id: string;
  readonly cell: string;
  readonly api: string;
}

/** A record and a call that told us of a document. */
export interface LineageRecord extends Statement {
  readonly api: string;
  readonly observed_at: IsoTime;
  readonly run_id: string;
}

/** The properties of a document, each with its origin. */
export interface MergedProperties {
  readonly properties: Readonly<Record<string, Json>>;
  readonly property_provenance: Readonly<Record<string, Provenance>>;
}

/** How well a claim names its thing: the higher is believed first. */
export type Specificity<Facts> = (facts: Facts) => number;

/** Each text once, smallest first. */
export const sortedSet = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].sort(byText);

const apiOf = (facts: PropertyFacts, name: string): string => facts.property_apis[name] ?? facts.api;

/**
 * The claim that is believed in a property among those that have it: the most specific type, then the collector that is
 * authoritative for the property, then the smallest claimant. Never the order of arrival.
 */
export function believed<Facts extends PropertyFacts>(
  claims: readonly Claim<Facts>[],
  name: string,
  specificity: Specificity<Facts>,
): Claim<Facts> | undefined {
  const rank = ({ facts }: Claim<Facts>): number => specificity(facts) * 2 + Number(facts.authoritative.includes(name));
  return claims.toSorted((a, b) => rank(b) - rank(a) || byText(claimantKey(a.by), claimantKey(b.by)))[0];
}

/**
 * Merges what the claims say about properties. A property whose value and origin are what they were keeps its provenance,
 * so that it goes on naming the run that first saw the value.
 */
export function mergeProperties<Facts extends PropertyFacts>(
  claims: readonly Claim<Facts>[],
  source_record_id: string,
  specificity: Specificity<Facts>,
  previous: MergedProperties | undefined,
): MergedProperties {
  const properties: Record<string, Json> = {};
  const property_provenance: Record<string, Provenance> = {};
  for (const name of sortedSet(claims.flatMap(({ facts }) => Object.keys(facts.properties)))) {
    const claim = believed(
      claims.filter(({ facts }) => facts.properties[name] !== undefined),
      name,
      specificity,
    );
    const value = claim?.facts.properties[name];
    if (!claim || value === undefined) continue;
    const provenance: Provenance = {
      connector_id: claim.by.instance_id,
      source_record_id,
      observed_at: claim.observed_at,
      run_id: claim.run_id,
      cell: claim.by.cell,
      api: apiOf(claim.facts, name),
    };
    properties[name] = value;
    property_provenance[name] = earlier(previous, name, value, provenance) ?? provenance;
  }
  return { properties, property_provenance };
}

function earlier(
  previous: MergedProperties | undefined,
  name: string,
  value: Json,
  now: Provenance,
): Provenance | undefined {
  const before = previous?.property_provenance[name];
  const sameOrigin =
    before && before.connector_id === now.connector_id && before.cell === now.cell && before.api === now.api;
  return sameOrigin && canonicalJson(previous?.properties[name]) === canonicalJson(value) ? before : undefined;
}

/** One record per statement and call, ordered by call; where several claims rest on the same call, the one that was first. */
export function mergeLineage<Facts extends PropertyFacts>(
  claims: readonly Claim<Facts>[],
  statement: Statement,
): readonly LineageRecord[] {
  const { source_system_id, source_record_id, source_field_path } = statement;
  const first = new Map<string, LineageRecord>();
  for (const { facts, observed_at, run_id } of claims) {
    for (const api of [facts.api, ...Object.values(facts.property_apis)]) {
      const known = first.get(api);
      if (known && known.observed_at <= observed_at) continue;
      first.set(api, { source_system_id, source_record_id, source_field_path, api, observed_at, run_id });
    }
  }
  return [...first.values()].sort((a, b) => byText(a.api, b.api));
}

/** Joins the properties of two things that one claimant said in one look: of each property, the smaller value and call. */
export function joinProperties(a: PropertyFacts, b: PropertyFacts): PropertyFacts {
  const api = smallerText(a.api, b.api);
  const properties: Record<string, Json> = {};
  const property_apis: Record<string, string> = {};
  for (const name of sortedSet([...Object.keys(a.properties), ...Object.keys(b.properties)])) {
    const [chosen] = [a, b]
      .flatMap((facts) => {
        const value = facts.properties[name];
        return value === undefined ? [] : [{ value, text: canonicalJson(value), api: apiOf(facts, name) }];
      })
      .sort((x, y) => byText(x.text, y.text) || byText(x.api, y.api));
    if (!chosen) continue;
    properties[name] = chosen.value;
    if (chosen.api !== api) property_apis[name] = chosen.api;
  }
  return { properties, api, property_apis, authoritative: sortedSet([...a.authoritative, ...b.authoritative]) };
}

/**
 * What a claimant says now, with what calls that failed this time had shown it before. Such a look is never `complete`, so
 * that it takes nothing away: no thing, and no property either. A property that is said now, be it `null`, is believed.
 */
export function keepFailed(
  stored: PropertyFacts,
  made: PropertyFacts,
  failed_apis: readonly string[],
): Pick<PropertyFacts, 'properties' | 'property_apis' | 'authoritative'> {
  const properties: Record<string, Json> = { ...made.properties };
  const property_apis: Record<string, string> = { ...made.property_apis };
  for (const [name, value] of Object.entries(stored.properties)) {
    const api = apiOf(stored, name);
    if (properties[name] !== undefined || !failed_apis.includes(api)) continue;
    properties[name] = value;
    if (api !== made.api) property_apis[name] = api;
  }
  const believed_in = stored.authoritative.filter((name) => properties[name] !== undefined);
  return { properties, property_apis, authoritative: sortedSet([...made.authoritative, ...believed_in]) };
}

/** What an observation says of properties, in the one form in which equal statements are equal. */
export function propertyFacts(
  api: string,
  properties: Readonly<Record<string, Json>>,
  apis: Readonly<Record<string, string>> = {},
  authoritative: readonly string[] = [],
): PropertyFacts {
  const names = Object.keys(properties).filter((name) => properties[name] !== undefined);
  const named = names.flatMap((name) => {
    const of = apis[name];
    return of === undefined || of === api ? [] : [[name, of] as const];
  });
  return { properties, api, property_apis: Object.fromEntries(named), authoritative: sortedSet(authoritative) };
}
