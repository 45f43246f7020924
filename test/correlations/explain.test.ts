import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlate } from '../../src/correlations/correlate.ts';
import { explainPair, type RuleTried } from '../../src/correlations/explain.ts';
import { RULES, ruleNamed } from '../../src/correlations/registry.ts';
import { retirementOf } from '../../src/correlations/retirement.ts';
import type { CorrelationRule } from '../../src/correlations/rule.ts';
import { type CorrelationSettings, noSettings } from '../../src/correlations/settings.ts';
import { type Case, casesIn, graphOfCase, settingsOfCase, TENANT } from './case.ts';

const DECIDED = { reason: 'because', changed_by: 'somebody', changed_at: '2026-11-21T12:00:00.000Z' };
const NOTHING = noSettings(TENANT);

function aRule(rule_id: string): CorrelationRule {
  const rule = ruleNamed(rule_id);
  if (!rule) throw new Error(`there is no rule ${rule_id}`);
  return rule;
}

function caseNamed(rule_id: string, kind: string, title: string): Case {
  const input = casesIn(rule_id, kind).find((one) => one.title === title);
  if (!input) throw new Error(`there is no case "${title}"`);
  return input;
}

const OAUTH = 'entra-client-id-to-servicenow-oauth';
const APPLICATION = 'sp-mp-mcp-bridge application';
const sure = caseNamed(OAUTH, 'positive', 'a client with the application id, in the tenant of its token URL');
const torn = caseNamed(OAUTH, 'negative', 'two registrations with one application id are ambiguous: nothing is joined');

function explained(
  input: Case,
  left: string,
  right: string,
  settings: (idOf: (name: string) => string) => CorrelationSettings = () => NOTHING,
): RuleTried | undefined {
  const { graph, idOf } = graphOfCase(input);
  return explainPair(graph, settings(idOf), idOf(left), idOf(right)).rules[0];
}

const deciding =
  (decision: 'forbid' | 'allow', left: string, right: string) =>
  (idOf: (name: string) => string): CorrelationSettings => ({
    ...NOTHING,
    pairs: [{ decision, left: idOf(left), right: idOf(right), ...DECIDED }],
  });

const off = (rule_id: string): CorrelationSettings => ({
  ...NOTHING,
  rules: [{ rule_id, enabled: false, ...DECIDED }],
});

describe('explaining a pair', () => {
  it('shows what both sides present, on what they agree, and what came of it', () => {
    expect(explained(sure, 'oauth client', APPLICATION)).toMatchObject({
      rule_id: OAUTH,
      enabled: true,
      decision: null,
      left: {
        entity: { display_name: 'oauth client' },
        presented: [{ fields: [{ field: 'properties.client_id' }, {}] }],
      },
      right: { entity: { display_name: APPLICATION }, presented: [{}] },
      agrees_on: [{ key: expect.stringMatching(/^3f9a1c52.*\/7c21e0d4/) }],
      near_misses: [],
      other_rights: [],
      outcome: 'joined',
    });
  });

  it('does not mind the order of the pair', () => {
    const tried = explained(sure, APPLICATION, 'oauth client');
    expect(tried).toMatchObject({ outcome: 'joined', left: { entity: { display_name: 'oauth client' } } });
  });

  it('tells a forbidden pair', () => {
    const tried = explained(sure, 'oauth client', APPLICATION, deciding('forbid', APPLICATION, 'oauth client'));
    expect(tried).toMatchObject({ outcome: 'forbidden', decision: 'forbid' });
  });

  it('tells a rule that is off, and the pair that is allowed all the same', () => {
    expect(explained(sure, 'oauth client', APPLICATION, () => off(OAUTH))).toMatchObject({
      outcome: 'rule_off',
      enabled: false,
    });
    const allowed = explained(sure, 'oauth client', APPLICATION, (idOf) => ({
      ...deciding('allow', 'oauth client', APPLICATION)(idOf),
      rules: off(OAUTH).rules,
    }));
    expect(allowed).toMatchObject({ outcome: 'joined', decision: 'allow', enabled: false });
  });

  it('names what else an ambiguous left matches', () => {
    const tried = explained(torn, 'oauth client', APPLICATION);
    expect(tried).toMatchObject({ outcome: 'ambiguous', other_rights: [{ display_name: 'again' }] });
  });

  it('names the pair that was allowed instead', () => {
    const tried = explained(torn, 'oauth client', APPLICATION, deciding('allow', 'oauth client', 'again'));
    expect(tried).toMatchObject({ outcome: 'ambiguous', other_rights: [{ display_name: 'again' }] });
  });

  it('tells what a side that shows nothing would have to show', () => {
    const input = caseNamed(OAUTH, 'negative', 'a token URL without a tenant');
    expect(explained(input, 'oauth client', APPLICATION)).toMatchObject({
      outcome: 'differs',
      message:
        'not joined: oauth client (servicenow_oauth_client) does not show its client id, in the tenant that its token URL names by a GUID',
    });
  });

  it('says of two people with one e-mail address that it joins nobody', () => {
    const input = caseNamed('human-identity-by-immutable-id', 'near-miss', 'one e-mail address, and no id');
    expect(explained(input, 'in Identity Center', 'in Entra')?.message).toBe(
      'not joined: ana@mediapro.example and ana@mediapro.example: the name is the same, which changes and may be given to somebody else: it joins nobody',
    );
  });

  it('tries two people in the order in which both show something', () => {
    const input = caseNamed('human-identity-by-immutable-id', 'positive', 'one person in three systems');
    expect(explained(input, 'in Entra', 'in ServiceNow')).toMatchObject({
      outcome: 'joined',
      left: { entity: { display_name: 'in ServiceNow' } },
    });
  });

  it('lists every rule once, tried or with what it is about', () => {
    const { graph, idOf } = graphOfCase(sure);
    const { rules, not_tried } = explainPair(graph, NOTHING, idOf('oauth client'), idOf(APPLICATION));
    expect([...rules, ...not_tried].map(({ rule_id }) => rule_id).sort()).toEqual(RULES.map(({ id }) => id));
    expect(not_tried.find(({ rule_id }) => rule_id === 'foundry-identity-to-entra-sp')?.because).toContain(
      'joins foundry_identity with entra_service_principal or',
    );
  });

  it('is of a rule that fails that it failed', () => {
    const { graph, idOf } = graphOfCase(sure);
    const broken: CorrelationRule = {
      ...aRule(OAUTH),
      right: {
        ...aRule(OAUTH).right,
        present: () => () => {
          throw new Error('an odd record');
        },
      },
    };
    const { rules } = explainPair(graph, NOTHING, idOf('oauth client'), idOf(APPLICATION), [broken]);
    expect(rules).toMatchObject([{ outcome: 'failed', message: 'the rule failed: an odd record' }]);
  });

  it('of an entity that is not there is refused', () => {
    const { graph, idOf } = graphOfCase(sure);
    expect(() => explainPair(graph, NOTHING, idOf('oauth client'), 'nobody')).toThrow(
      expect.objectContaining({ code: 'not_found' }),
    );
  });

  it('is not joined with itself', () => {
    const { graph, idOf } = graphOfCase(
      caseNamed('human-identity-by-immutable-id', 'positive', 'one person in three systems'),
    );
    const { rules } = explainPair(graph, NOTHING, idOf('in Entra'), idOf('in Entra'));
    expect(rules).toMatchObject([{ outcome: 'differs' }]);
  });

  it('says joined of exactly the pairs that are', { timeout: 30_000 }, () => {
    const inputs = RULES.flatMap(({ id }) =>
      ['positive', 'negative', 'near-miss'].flatMap((kind) =>
        casesIn(id, kind).map((input) => ({ id, input, ...graphOfCase(input) })),
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...inputs),
        fc.constantFrom('forbid', 'allow', undefined),
        fc.boolean(),
        fc.nat(),
        fc.nat(),
        ({ id, input, graph, idOf }, decision, enabled, a, b) => {
          const rule = aRule(id);
          const names = input.entities.map(({ name }) => name);
          const pair = [names[a % names.length] ?? '', names[b % names.length] ?? ''] as const;
          const [left, right] = [idOf(pair[0]), idOf(pair[1])];
          const on = settingsOfCase(rule, input, idOf);
          const settings: CorrelationSettings = {
            ...on,
            rules: enabled ? on.rules : off(rule.id).rules,
            pairs: [...on.pairs, ...(decision ? [{ decision, left, right, ...DECIDED }] : [])],
          };
          const found = correlate(graph, settings, [rule]).correlations.some((one) =>
            [one.left.id, one.right.id].every((end) => end === left || end === right),
          );
          const { rules } = explainPair(graph, settings, left, right, [rule]);
          expect(rules.some(({ outcome }) => outcome === 'joined')).toBe(found);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('why a correlation went', () => {
  const { graph, idOf } = graphOfCase(sure);
  const [previous] = correlate(graph, NOTHING).correlations;
  if (!previous) throw new Error('the case joins nothing');
  const why = (input: Pick<Case, 'entities' | 'edges'>, settings: CorrelationSettings = NOTHING, rules = RULES) => {
    const now = graphOfCase(input).graph;
    return retirementOf(previous, now, settings, correlate(now, settings, rules), rules);
  };
  const [left, right] = sure.entities;
  if (!left || !right) throw new Error('the case has no pair');

  it('is that its rule is off', () => {
    expect(why(sure, off(OAUTH))).toBe('rule_off');
  });

  it('is that its rule is no more', () => {
    expect(why(sure, NOTHING, [])).toBe('rule_off');
  });

  it('is that the pair is forbidden', () => {
    expect(why(sure, deciding('forbid', APPLICATION, 'oauth client')(idOf))).toBe('pair_forbidden');
  });

  it('is that an entity is gone, or only edges name it still', () => {
    expect(why({ entities: [left], edges: [] })).toBe('entity_gone');
    expect(why({ entities: [{ ...left, observed: false }, right], edges: [] })).toBe('entity_gone');
  });

  it('is that the left matches several', () => {
    expect(why(torn)).toBe('ambiguous');
  });

  it('is that nothing agrees any more', () => {
    expect(why({ entities: [{ ...left, properties: {} }, right], edges: [] })).toBe('no_longer_agrees');
  });

  it('is not the ambiguity of somebody else', () => {
    const another = torn.entities.map((entity) =>
      entity.name === 'oauth client' ? { ...entity, name: 'another', record: 'oauth_entity/another' } : entity,
    );
    const now = { entities: [...another, { ...left, properties: {} }], edges: [] };
    expect(why(now)).toBe('no_longer_agrees');
  });
});
