import { describe, expect, it } from 'vitest';
import { correlate, MOST_RIGHTS } from '../../src/correlations/correlate.ts';
import type { Correlated } from '../../src/correlations/correlation.ts';
import { RULES } from '../../src/correlations/registry.ts';
import type { CorrelationRule, RuleSide } from '../../src/correlations/rule.ts';
import { type CorrelationSettings, isEnabled, noSettings } from '../../src/correlations/settings.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { type Case, casesIn, graphOfCase, TENANT } from './case.ts';

const RULE = 'entra-client-id-to-servicenow-oauth';
const APP = '7c21e0d4-58b3-4f6e-8a19-d34b6f0c9e02';
const IN = '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411';
const DECIDED = { reason: 'because', changed_by: 'somebody', changed_at: '2026-11-21T12:00:00.000Z' };

const client = (name: string): Case['entities'][number] => ({
  name,
  entity_type: 'servicenow_oauth_client',
  system: 'servicenow:mediapro.service-now.com',
  record: `oauth_entity/${name}`,
  properties: { client_id: APP, token_url: `https://login.microsoftonline.com/${IN}/oauth2/v2.0/token` },
  endpoint_urls: [],
  observed: true,
});
const application = (name: string): Case['entities'][number] => ({
  name,
  entity_type: 'entra_application',
  system: `entra:${IN}`,
  record: name,
  properties: { app_id: APP, tenant_id: IN },
  endpoint_urls: [],
  observed: true,
});

const estate = (...entities: Case['entities']) => graphOfCase({ entities, edges: [] });

/** Settings with a rule off, and pairs decided. */
const settings = (more: {
  readonly off?: readonly string[];
  readonly pairs?: readonly (readonly ['forbid' | 'allow', string, string, string?])[];
}): CorrelationSettings => ({
  ...noSettings(TENANT),
  rules: (more.off ?? []).map((rule_id) => ({ rule_id, enabled: false, ...DECIDED })),
  pairs: (more.pairs ?? []).map(([decision, left, right, rule_id]) => ({
    decision,
    left,
    right,
    ...(rule_id && { rule_id }),
    ...DECIDED,
  })),
});

/** The pairs that are joined, by display name. */
const joined = ({ correlations }: Correlated): readonly string[] =>
  correlations.map(({ left, right }) => `${left.display_name} = ${right.display_name}`).sort();

const ambiguous = ({ ambiguities }: Correlated): readonly (readonly string[])[] =>
  ambiguities.map(({ left, rights }) => [left.display_name, ...rights.map(({ display_name }) => display_name).sort()]);

const everyCase = RULES.flatMap(({ id }) => casesIn(id, 'positive'));

describe('settings', () => {
  const { graph, idOf } = estate(client('client'), application('one'), application('other'));

  it('are those of the rules where the tenant decided nothing', () => {
    expect(RULES.filter((rule) => isEnabled(rule, noSettings(TENANT)) !== rule.default_enabled)).toEqual([]);
  });

  it('leave nothing of a rule that is off, and the same of it when it is on again', () => {
    const { graph: sure } = estate(client('client'), application('one'));
    const before = correlate(sure, noSettings(TENANT));
    expect(joined(before)).toEqual(['client = one']);
    expect(joined(correlate(sure, settings({ off: [RULE] })))).toEqual([]);
    expect(correlate(sure, settings({}))).toEqual(before);
  });

  it('forbid a pair in either order, whatever the rule', () => {
    for (const [left, right] of [
      ['client', 'other'],
      ['other', 'client'],
    ] as const) {
      const found = correlate(graph, settings({ pairs: [['forbid', idOf(left), idOf(right)]] }));
      expect(joined(found)).toEqual(['client = one']);
    }
  });

  it('forbid a pair to one rule, which is nothing to another', () => {
    const forbidden = settings({ pairs: [['forbid', idOf('client'), idOf('other'), 'endpoint-url-bridge']] });
    expect(ambiguous(correlate(graph, forbidden))).toEqual([['client', 'one', 'other']]);
  });

  it('resolve an ambiguity by allowing one of its pairs', () => {
    const found = correlate(graph, settings({ pairs: [['allow', idOf('client'), idOf('other')]] }));
    expect([joined(found), ambiguous(found)]).toEqual([['client = other'], []]);
  });

  it('join an allowed pair though the rule is off, and nothing else', () => {
    const many = estate(client('client'), client('another'), application('one'));
    const off = settings({ off: [RULE], pairs: [['allow', many.idOf('one'), many.idOf('client')]] });
    expect(joined(correlate(many.graph, off))).toEqual(['client = one']);
  });

  it('join no allowed pair that does not agree', () => {
    const strangers = estate(client('client'), { ...application('one'), properties: { app_id: APP, tenant_id: APP } });
    const allowed = settings({ pairs: [['allow', strangers.idOf('client'), strangers.idOf('one')]] });
    expect(joined(correlate(strangers.graph, allowed))).toEqual([]);
  });

  it('leave two allowed rights ambiguous', () => {
    const both = settings({
      pairs: [
        ['allow', idOf('client'), idOf('one')],
        ['allow', idOf('client'), idOf('other')],
      ],
    });
    expect(ambiguous(correlate(graph, both))).toEqual([['client', 'one', 'other']]);
  });

  it('forbid what they also allow', () => {
    const { graph: sure, idOf: id } = estate(client('client'), application('one'));
    const torn = settings({
      pairs: [
        ['allow', id('client'), id('one')],
        ['forbid', id('one'), id('client')],
      ],
    });
    expect(joined(correlate(sure, torn))).toEqual([]);
  });

  it('do not stumble over pairs of entities that are gone', () => {
    const { graph: sure } = estate(client('client'), application('one'));
    expect(joined(correlate(sure, settings({ pairs: [['allow', 'gone', 'gone too']] })))).toEqual(['client = one']);
  });
});

describe('a rule that throws', () => {
  const thrower: CorrelationRule = {
    id: 'a-rule-that-throws',
    title: 'It throws',
    explanation: 'It throws.',
    effect: 'SAME_ENTITY',
    confidence: 'exact',
    default_enabled: true,
    left: {
      entity_types: ['servicenow_oauth_client'],
      presents: 'nothing',
      present: () => () => {
        throw new Error('an odd record');
      },
    },
    right: { entity_types: ['entra_application'], presents: 'nothing', present: () => () => [] },
  };

  it('fails alone, and says so', () => {
    const { graph } = estate(client('client'), application('one'));
    const found = correlate(graph, noSettings(TENANT), [thrower, ...RULES]);
    expect(found.failed_rules).toEqual([{ rule_id: 'a-rule-that-throws', message: 'an odd record' }]);
    expect(joined(found)).toEqual(['client = one']);
  });

  it('does not run while it is off', () => {
    const { graph } = estate(client('client'), application('one'));
    expect(correlate(graph, settings({ off: [thrower.id] }), [thrower]).failed_rules).toEqual([]);
  });
});

describe('an entity on both sides of a rule', () => {
  it('is not joined with itself, and is no ambiguity', () => {
    const people: RuleSide = {
      entity_types: ['servicenow_oauth_client'],
      presents: 'the same',
      present: () => () => [{ key: 'the same', fields: [] }],
    };
    const rule: CorrelationRule = {
      id: 'a-rule-of-equals',
      title: 'Equals',
      explanation: 'Equals.',
      effect: 'SAME_ENTITY',
      confidence: 'exact',
      default_enabled: true,
      left: people,
      right: people,
    };
    const found = correlate(estate(client('one'), client('other')).graph, noSettings(TENANT), [rule]);
    expect([joined(found), ambiguous(found)]).toEqual([['one = other', 'other = one'], []]);
  });
});

describe('what is found', () => {
  const forwards = graphOfCase({ entities: everyCase[0]?.entities ?? [], edges: [] });
  const all = (graph: Graph): Correlated => correlate(graph, noSettings(TENANT));

  it('is nothing in a tenant with nothing in it', () => {
    expect(all(estate().graph)).toEqual({ correlations: [], ambiguities: [], failed_rules: [] });
  });

  it.each(everyCase)('is the same whatever the order of the graph: $title', ({ entities, edges }) => {
    const backwards = graphOfCase({ entities: entities.toReversed(), edges: edges.toReversed() });
    expect(all(backwards.graph)).toEqual(all(graphOfCase({ entities, edges }).graph));
  });

  it('is ordered by id', () => {
    const ids = all(forwards.graph).correlations.map(({ _id }) => _id);
    expect(ids).toEqual(ids.toSorted());
  });

  it('is named by tenant, rule, left and right, so that the same is found again under the same id', () => {
    const one = all(estate(client('client'), application('one')).graph).correlations[0]?._id;
    const more = all(estate(client('another'), client('client'), application('one')).graph).correlations;
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(more.map(({ _id }) => _id)).toContain(one);
    expect(new Set(more.map(({ _id }) => _id)).size).toBe(2);
  });

  it('has the fields of both sides as their sources wrote them', () => {
    const { graph } = estate(client('client'), application('one'));
    expect(all(graph).correlations[0]?.evidence).toEqual([
      {
        key: `${IN}/${APP}`,
        left: [
          { field: 'properties.client_id', value: APP },
          { field: 'properties.token_url', value: `https://login.microsoftonline.com/${IN}/oauth2/v2.0/token` },
        ],
        right: [
          { field: 'properties.tenant_id', value: IN },
          { field: 'properties.app_id', value: APP },
        ],
      },
    ]);
  });

  it('names the secret, its tags, the role and the verdict where a function may read a credential', () => {
    const [input] = casesIn('lambda-secret-stored-entra-sp', 'positive');
    if (!input) throw new Error('there is no case');
    const { graph } = graphOfCase(input);
    const on = {
      ...noSettings(TENANT),
      rules: [{ rule_id: 'lambda-secret-stored-entra-sp', enabled: true, ...DECIDED }],
    };
    const left = correlate(graph, on).correlations[0]?.evidence[0]?.left ?? [];
    expect(left.map(({ field, value, of }) => [field, value, of?.entity_type])).toEqual([
      ['RUNS_AS', 'arn:aws:iam::111122223333:role/mp-mcp-bridge-role', 'aws_lambda_function'],
      ['CAN_ACCESS Read', 'allowed', 'aws_iam_role'],
      ['tags[entra-app-id]', APP, 'aws_secretsmanager_secret'],
      ['tags[entra-tenant-id]', IN, 'aws_secretsmanager_secret'],
    ]);
  });
});

describe('what must hold', () => {
  const RULE_ID = 'lambda-secret-stored-entra-sp';
  const on = { ...noSettings(TENANT), rules: [{ rule_id: RULE_ID, enabled: true, ...DECIDED }] };
  const conditionsOf = (title: string): unknown => {
    const input = casesIn(RULE_ID, 'positive').find((one) => one.title === title);
    if (!input) throw new Error(`there is no case "${title}"`);
    return correlate(graphOfCase(input).graph, on).correlations[0]?.conditions;
  };

  it('is what the verdict depends on', () => {
    expect(conditionsOf('on a condition that may hold')).toEqual([
      { operator: 'StringEquals', key: 'secretsmanager:VersionStage', values: ['AWSCURRENT'] },
    ]);
  });

  it('is nothing where the verdict is allowed', () => {
    expect(conditionsOf('a role that may read the value of the tagged secret')).toBeUndefined();
  });

  it('is nothing where one of two agreements simply holds', () => {
    const asked = [{ operator: 'StringEquals', key: 'aws:SourceVpc', values: ['vpc-1'] }];
    const rule: CorrelationRule = {
      id: 'a-rule-with-conditions',
      title: 'Conditions',
      explanation: 'Conditions.',
      effect: 'BRIDGES_TO',
      confidence: 'exact',
      default_enabled: true,
      left: {
        entity_types: ['servicenow_oauth_client'],
        presents: 'two keys',
        present: () => () => [
          { key: 'a', fields: [], conditions: asked },
          { key: 'b', fields: [] },
        ],
      },
      right: {
        entity_types: ['entra_application'],
        presents: 'what its name says',
        present:
          () =>
          ({ display_name }) =>
            [...display_name].map((key) => ({ key, fields: [] })),
      },
    };
    const found = (name: string): unknown =>
      correlate(estate(client('client'), application(name)).graph, noSettings(TENANT), [rule]).correlations[0]
        ?.conditions;
    expect([found('a'), found('b'), found('ab')]).toEqual([asked, undefined, undefined]);
  });
});

describe('an ambiguity', () => {
  it('names twenty of its rights, and says that there are more', () => {
    const names = Array.from({ length: MOST_RIGHTS + 5 }, (_, index) => `application-${index}`);
    const [first] = correlate(
      estate(client('client'), ...names.map(application)).graph,
      noSettings(TENANT),
    ).ambiguities;
    expect([first?.rights.length, first?.more_rights, first?.key]).toEqual([MOST_RIGHTS, true, `${IN}/${APP}`]);
  });
});
