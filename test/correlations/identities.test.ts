import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlate } from '../../src/correlations/correlate.ts';
import type { Correlation } from '../../src/correlations/correlation.ts';
import { identityIdOf, resolveIdentities, SURVIVORSHIP } from '../../src/correlations/identities.ts';
import { correlatedEntity } from '../../src/correlations/match.ts';
import { noSettings } from '../../src/correlations/settings.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { derivedId } from '../../src/kernel/ids.ts';
import { sourceFingerprint, wholeRecord } from '../../src/observations/fingerprint.ts';
import { type Case, casesIn, graphOfCase, TENANT } from './case.ts';

type CaseEntity = Case['entities'][number];

const entity = (
  name: string,
  entity_type: CaseEntity['entity_type'],
  properties: CaseEntity['properties'] = {},
  observed = true,
): CaseEntity => ({
  name,
  entity_type,
  system: `system-of-${entity_type}`,
  record: name,
  properties,
  endpoint_urls: [],
  observed,
});

const estate = (...entities: Case['entities']) => graphOfCase({ entities, edges: [] });

/** A correlation of two entities of a graph, as a rule would make it. */
function same(graph: Graph, left_id: string, right_id: string, rule_id = 'a-rule'): Correlation {
  const [left, right] = [graph.entity(left_id), graph.entity(right_id)];
  if (!left || !right) throw new Error('the graph does not have them');
  return {
    _id: derivedId(TENANT, rule_id, left_id, right_id),
    tenant_id: TENANT,
    rule_id,
    effect: 'SAME_ENTITY',
    confidence: 'exact',
    left: correlatedEntity(left),
    right: correlatedEntity(right),
    evidence: [],
  };
}

describe('an identity', () => {
  const people = estate(
    entity('sn', 'human_identity', { email: 'ana@old.example', active: true }),
    entity('subject', 'external_oidc_subject', {}, false),
    entity('sp', 'entra_service_principal', { app_id: 'a', tenant_id: 't', tags: [] }),
    entity('client', 'servicenow_oauth_client', { app_id: 'b', tenant_id: 't', token_url: null }),
    entity('mi', 'foundry_identity', { tenant_id: 't' }),
  );
  const joined = (...pairs: readonly (readonly [string, string, string?])[]): readonly Correlation[] =>
    pairs.map(([left, right, rule]) => same(people.graph, people.idOf(left), people.idOf(right), rule));
  const of = (...pairs: readonly (readonly [string, string, string?])[]) =>
    resolveIdentities(people.graph, joined(...pairs));

  it('is there for what is joined, and not for one alone', () => {
    expect(resolveIdentities(people.graph, [])).toEqual([]);
    expect(of(['subject', 'sp'])).toHaveLength(1);
  });

  it('is of everybody who is the same as the same', () => {
    const [identity, ...others] = of(['subject', 'sp'], ['client', 'sp'], ['mi', 'subject']);
    expect(others).toEqual([]);
    expect(identity?.source_records.map(({ display_name }) => display_name).sort()).toEqual([
      'client',
      'mi',
      'sp',
      'subject',
    ]);
  });

  it('is named after the member of the first type in the order, and has its id', () => {
    const [identity] = of(['subject', 'sp'], ['client', 'sp']);
    expect(identity).toMatchObject({
      _id: derivedId(TENANT, 'IDENTITY', people.idOf('sp')),
      entity_type: 'entra_service_principal',
      display_name: 'sp',
      survivor: { id: people.idOf('sp') },
    });
  });

  it('resolves by the ids that it would have if another member survived', () => {
    const [identity] = of(['subject', 'sp']);
    const expected = ['sp', 'subject'].map((name) => identityIdOf({ tenant_id: TENANT, _id: people.idOf(name) }));
    expect(identity?.source_records.map(({ identity_id }) => identity_id)).toEqual(expected);
  });

  it('says which of its records nobody saw', () => {
    const [identity] = of(['subject', 'sp']);
    expect(identity?.source_records.map(({ observed }) => observed)).toEqual([true, false]);
  });

  it('is a person as soon as one of its records is one', () => {
    const [identity] = of(['subject', 'sp'], ['sp', 'sn']);
    expect(identity?.entity_type).toBe('human_identity');
  });

  it('has every rule and correlation that joins it, each once', () => {
    const pairs = [
      ['subject', 'sp', 'rule-b'],
      ['client', 'sp', 'rule-a'],
      ['mi', 'sp', 'rule-b'],
    ] as const;
    const [identity] = of(...pairs);
    expect(identity?.rules).toEqual(['rule-a', 'rule-b']);
    expect(identity?.correlation_ids).toEqual(
      joined(...pairs)
        .map(({ _id }) => _id)
        .sort(),
    );
  });

  it('has of each property what the first member says that knows it, and whose it is', () => {
    const [identity] = of(['client', 'sp']);
    expect(identity?.properties).toEqual({ app_id: 'a', tenant_id: 't', tags: [], token_url: null });
    expect(identity?.property_provenance.app_id).toMatchObject({ entity_id: people.idOf('sp'), run_id: 'run-1' });
    expect(identity?.property_provenance.token_url).toMatchObject({ entity_id: people.idOf('client') });
  });

  it('shows side by side what its members say differently, and nothing that they agree on', () => {
    const [identity] = of(['client', 'sp'], ['mi', 'sp']);
    expect(identity?.disagreements.map(({ property, values }) => [property, values.map(({ value }) => value)])).toEqual(
      [['app_id', ['a', 'b']]],
    );
  });

  it('is not made by a bridge', () => {
    const bridges = joined(['subject', 'sp']).map((one): Correlation => ({ ...one, effect: 'BRIDGES_TO' }));
    expect(resolveIdentities(people.graph, bridges)).toEqual([]);
  });

  it('is not made with what is gone from the graph', () => {
    const without = estate(entity('sp', 'entra_service_principal'));
    expect(resolveIdentities(without.graph, joined(['subject', 'sp']))).toEqual([]);
  });

  it('is what the rules say of a service principal in two systems', () => {
    const [input] = casesIn('aws-oidc-federation-to-entra-sp', 'positive');
    if (!input) throw new Error('there is no case');
    const { graph } = graphOfCase(input);
    const { correlations } = correlate(graph, noSettings(TENANT));
    const [identity] = resolveIdentities(graph, correlations);
    expect(identity).toMatchObject({
      display_name: 'sp-mp-foundry-router',
      rules: ['aws-oidc-federation-to-entra-sp'],
      source_records: [{ entity_type: 'entra_service_principal' }, { entity_type: 'external_oidc_subject' }],
    });
  });
});

describe('classes', { timeout: 30_000 }, () => {
  const SIZE = 14;
  const types = fc.array(fc.constantFrom(...SURVIVORSHIP, 'aws_s3_bucket' as const), {
    minLength: SIZE,
    maxLength: SIZE,
  });
  const links = fc.array(fc.tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1)), { maxLength: 20 });
  const made = fc.tuple(types, links).map(([entity_types, pairs]) => {
    const entities = entity_types.map((type, index) => entity(`e${index}`, type, { n: index, type }));
    const { graph, idOf } = estate(...entities);
    const correlations = pairs.map(([a, b]) => same(graph, idOf(`e${a}`), idOf(`e${b}`)));
    return { entities, graph, correlations };
  });

  it('are those of a naive closure', () => {
    fc.assert(
      fc.property(made, ({ graph, correlations }) => {
        const found = resolveIdentities(graph, correlations).map(({ source_records }) =>
          source_records.map(({ id }) => id).sort(),
        );
        expect(found.sort()).toEqual(naiveClasses(correlations).sort());
      }),
    );
  });

  it('survive by the constant order of types and the smallest fingerprint', () => {
    fc.assert(
      fc.property(made, ({ graph, correlations }) => {
        for (const { survivor, source_records } of resolveIdentities(graph, correlations)) {
          const ranked = source_records.map((record) => {
            const rank = SURVIVORSHIP.indexOf(record.entity_type);
            const place = rank < 0 ? SURVIVORSHIP.length : rank;
            return {
              id: record.id,
              text: `${String(place).padStart(3, '0')} ${sourceFingerprint(wholeRecord(record))}`,
            };
          });
          const [first] = ranked.sort((a, b) => (a.text < b.text ? -1 : 1));
          expect(survivor.id).toBe(first?.id);
        }
      }),
    );
  });

  it('are the same whatever the order of correlations and entities', () => {
    const shuffled = made.chain(({ entities, graph, correlations }) =>
      fc.record({
        before: fc.constant(resolveIdentities(graph, correlations)),
        entities: fc.shuffledSubarray(entities, { minLength: entities.length }),
        correlations: fc.shuffledSubarray([...correlations], { minLength: correlations.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ before, entities, correlations }) => {
        expect(resolveIdentities(estate(...entities).graph, correlations)).toEqual(before);
      }),
    );
  });
});

/** Classes by joining again and again until nothing changes. */
function naiveClasses(correlations: readonly Correlation[]): string[][] {
  let classes = correlations.map(({ left, right }) => new Set([left.id, right.id]));
  for (;;) {
    const joined: Set<string>[] = [];
    for (const one of classes) {
      const other = joined.find((known) => [...one].some((id) => known.has(id)));
      if (other) for (const id of one) other.add(id);
      else joined.push(one);
    }
    if (joined.length === classes.length) break;
    classes = joined;
  }
  return classes.filter(({ size }) => size > 1).map((one) => [...one].sort());
}
