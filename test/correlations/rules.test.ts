import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { correlate } from '../../src/correlations/correlate.ts';
import { SURVIVORSHIP } from '../../src/correlations/identities.ts';
import { RULES } from '../../src/correlations/registry.ts';
import { noSettings } from '../../src/correlations/settings.ts';
import { CASES, casesIn, graphOfCase, KINDS, runCase, TENANT } from './case.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../src/correlations/rules');
const IDS = RULES.map(({ id }) => id);

describe('the registry', () => {
  it('has every file of the folder, under the name of its rule', () => {
    expect(readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, ''))).toEqual(IDS);
  });

  it('is ordered by id', () => {
    expect(IDS).toEqual(IDS.toSorted());
  });

  it('has ids that are words in lower case', () => {
    expect(IDS.filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual([]);
  });

  it('switches on by default what proves its effect, and nothing that only indicates it', () => {
    expect(
      RULES.filter(({ default_enabled, confidence }) => default_enabled === (confidence === 'indicative')),
    ).toEqual([]);
  });

  it('makes no two types one of which identities do not know which survives', () => {
    const types = RULES.filter(({ effect }) => effect === 'SAME_ENTITY').flatMap(({ left, right }) => [
      ...left.entity_types,
      ...right.entity_types,
    ]);
    expect(types.filter((type) => !SURVIVORSHIP.includes(type))).toEqual([]);
  });

  it('has a folder of cases for each rule, and for nothing else', () => {
    expect(readdirSync(CASES).sort()).toEqual(IDS);
  });
});

describe.each(RULES)('$id', (rule) => {
  describe.each(KINDS)('%s', (kind) => {
    const cases = casesIn(rule.id, kind);

    it('has cases', () => {
      expect(cases).not.toEqual([]);
    });

    it.each(cases)('$title', (input) => {
      const { matches, ambiguous, near } = input;
      expect(runCase(rule, input)).toEqual({
        matches: matches.toSorted(),
        ambiguous: ambiguous.map(([left, rights]) => [left, rights.toSorted()]).sort(),
        near,
      });
    });
  });

  it('joins something in every positive case, and nothing in others', () => {
    const joining = KINDS.map((kind) => casesIn(rule.id, kind).map(({ matches }) => matches.length > 0));
    expect(joining.map((each) => [...new Set(each)])).toEqual([[true], [false], [false]]);
  });

  it('has a near miss that the explanation names', () => {
    expect(casesIn(rule.id, 'near-miss').some(({ near }) => near.length > 0)).toBe(true);
  });

  it(`is ${rule.default_enabled ? 'on' : 'off'} where the tenant decided nothing`, () => {
    const found = casesIn(rule.id, 'positive').flatMap(
      (input) => correlate(graphOfCase(input).graph, noSettings(TENANT), [rule]).correlations,
    );
    expect(found.length > 0).toBe(rule.default_enabled);
  });
});
