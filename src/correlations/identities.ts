import type { GraphEntity } from '../graph/documents.ts';
import { isObserved, nameOf } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { sortedSet } from '../inventory/merge.ts';
import { canonicalJson, type Json } from '../kernel/canonical.ts';
import { derivedId } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import { sourceFingerprint, wholeRecord } from '../observations/fingerprint.ts';
import type { Correlation } from './correlation.ts';
import { disjointSets } from './disjoint-sets.ts';
import type { CanonicalIdentity, Disagreement, IdentityProvenance, SourceRecord } from './identity.ts';
import { correlatedEntity } from './match.ts';

/**
 * Which member a class is named after: the first type here that it has. The constant order is that of how much the record knows:
 * - a person is a person, whatever else is said of them: never retyped;
 * - in Entra, the kinds of service principal before the plain one, and that before the application, which several may stand for;
 * - a principal of AWS, which its own account described;
 * - then what other systems keep about somebody who is at home elsewhere;
 * - last, names of somebody whom the naming side has never seen.
 */
export const SURVIVORSHIP: readonly EntityType[] = [
  'human_identity',
  'entra_managed_identity',
  'entra_agent_identity',
  'entra_service_principal',
  'entra_application',
  'aws_iam_role',
  'aws_iam_user',
  'foundry_identity',
  'servicenow_oauth_client',
  'external_oidc_subject',
  'external_aws_principal',
];

const RANKS: ReadonlyMap<EntityType, number> = new Map(SURVIVORSHIP.map((type, rank) => [type, rank]));

/** The id of the class that is named after an entity, also while it is not. */
export const identityIdOf = ({ tenant_id, _id }: Pick<GraphEntity, 'tenant_id' | '_id'>): string =>
  derivedId(tenant_id, 'IDENTITY', _id);

/**
 * The classes of entities that `SAME_ENTITY` correlations make one: whoever is the same as the same is the same. Ordered by id,
 * the same whatever the order of what it is given. Correlations of entities that are not in the graph join nothing.
 */
export function resolveIdentities(graph: Graph, correlations: readonly Correlation[]): readonly CanonicalIdentity[] {
  const joining = correlations.filter(
    ({ effect, left, right }) => effect === 'SAME_ENTITY' && graph.entity(left.id) && graph.entity(right.id),
  );
  const sets = disjointSets(joining.map(({ left, right }) => [left.id, right.id]));
  const byClass = new Map<string, Correlation[]>();
  for (const correlation of joining) {
    const representative = sets.find(correlation.left.id);
    const known = byClass.get(representative);
    if (known) known.push(correlation);
    else byClass.set(representative, [correlation]);
  }
  return [...byClass.values()].flatMap((own) => identityOf(graph, own) ?? []).sort((a, b) => byText(a._id, b._id));
}

/** The class that some correlations make; undefined where they join nothing to anything else. */
function identityOf(graph: Graph, correlations: readonly Correlation[]): CanonicalIdentity | undefined {
  const ids = sortedSet(correlations.flatMap(({ left, right }) => [left.id, right.id]));
  const members = bySurvivorship(ids.flatMap((id) => graph.entity(id) ?? []));
  const [survivor, ...others] = members;
  if (!survivor || others.length === 0) return undefined;
  return {
    _id: identityIdOf(survivor),
    tenant_id: survivor.tenant_id,
    entity_type: survivor.entity_type,
    display_name: survivor.display_name,
    survivor: nameOf(survivor),
    source_records: [survivor, ...others.sort((a, b) => byText(a._id, b._id))].map(sourceRecord),
    rules: sortedSet(correlations.map(({ rule_id }) => rule_id)),
    correlation_ids: sortedSet(correlations.map(({ _id }) => _id)),
    ...mergedProperties(members),
  };
}

const sourceRecord = (entity: GraphEntity): SourceRecord => ({
  ...correlatedEntity(entity),
  identity_id: identityIdOf(entity),
  observed: isObserved(entity),
});

/** Members, the one that survives first. Total: no two entities have one fingerprint. */
function bySurvivorship(members: readonly GraphEntity[]): readonly GraphEntity[] {
  const ranked = members.map((entity) => ({
    entity,
    rank: RANKS.get(entity.entity_type) ?? SURVIVORSHIP.length,
    fingerprint: sourceFingerprint(wholeRecord(entity)),
  }));
  return ranked.sort((a, b) => a.rank - b.rank || byText(a.fingerprint, b.fingerprint)).map(({ entity }) => entity);
}

/** Of each property what the first member that knows it says, and whose it is; and what the others say differently. */
function mergedProperties(
  members: readonly GraphEntity[],
): Pick<CanonicalIdentity, 'properties' | 'property_provenance' | 'disagreements'> {
  const properties: Record<string, Json> = {};
  const property_provenance: Record<string, IdentityProvenance> = {};
  const disagreements: Disagreement[] = [];
  for (const property of sortedSet(members.flatMap((member) => Object.keys(member.properties)))) {
    const said = members.flatMap((entity) => {
      const value = entity.properties[property];
      return value === undefined ? [] : [{ entity, value, text: canonicalJson(value) }];
    });
    const [believed] = said;
    if (!believed) continue;
    properties[property] = believed.value;
    const provenance = believed.entity.property_provenance[property];
    if (provenance) property_provenance[property] = { ...provenance, entity_id: believed.entity._id };
    if (said.every(({ text }) => text === believed.text)) continue;
    disagreements.push({ property, values: said.map(({ value, entity }) => ({ value, entity: nameOf(entity) })) });
  }
  return { properties, property_provenance, disagreements };
}
