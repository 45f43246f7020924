import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allows } from '../../tools/licences/expression.ts';
import { mavenPackages, npmPackages, type Package, pythonPackages } from '../../tools/licences/packages.ts';
import { ALLOWED, allPackages, objection } from '../../tools/licences.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '../..');

const aPackage = (overrides: Partial<Package> = {}): Package => ({
  from: 'npm',
  name: 'some',
  version: '1.0.0',
  licence: 'MIT',
  development: false,
  ...overrides,
});

describe('everything that is fetched', () => {
  it('has a licence that we may use', () => {
    expect(allPackages(CHECKOUT).flatMap((one) => objection(one) ?? [])).toEqual([]);
  });

  it('is found: packages for production and for development, Python and Maven', () => {
    const npm = npmPackages(CHECKOUT);
    expect(npm).toContainEqual(expect.objectContaining({ name: 'mongodb', development: false }));
    expect(npm).toContainEqual(expect.objectContaining({ name: 'vitest', development: true }));
    expect(pythonPackages(CHECKOUT).map(({ name }) => name)).toContain('ministack');
    const maven = mavenPackages(CHECKOUT).map(({ name }) => name);
    expect(maven).toEqual(expect.arrayContaining(['mongo-java-server', 'slf4j-nop', 'maven-dependency-plugin']));
  });
});

describe('an objection', () => {
  it('names the package and its licence', () => {
    expect(objection(aPackage({ name: 'viral', licence: 'AGPL-3.0-only' }))).toBe(
      'npm viral 1.0.0 is under AGPL-3.0-only, which is not on the list in tools/licences.ts',
    );
  });

  it('is made where nobody says what the licence is', () => {
    expect(objection(aPackage({ licence: undefined }))).toContain('no known licence');
    expect(objection(aPackage({ from: 'python', licence: undefined }))).toContain('elsewhere.json');
  });

  it('is made to words that are no licence', () => {
    for (const licence of ['UNLICENSED', 'SEE LICENSE IN LICENSE.txt', '', 'Apache 2.0']) {
      expect(objection(aPackage({ licence }))).toBeDefined();
    }
  });

  it('is not made to a tool that is argued for, and is if the same were deployed', () => {
    const argued = aPackage({ name: 'lightningcss-linux-x64-gnu', licence: 'MPL-2.0' });
    expect(objection({ ...argued, development: true })).toBeUndefined();
    expect(objection(argued)).toContain('MPL-2.0');
    expect(objection({ ...argued, name: 'lightning', development: true })).toContain('MPL-2.0');
  });
});

describe('a licence expression', () => {
  const allowed = (expression: string): boolean => allows(expression, (one) => ALLOWED.has(one));

  it.each(['MIT', '(MIT OR GPL-3.0-or-later)', 'GPL-2.0-only OR MIT', 'Apache-2.0 AND BSD-3-Clause'])(
    '%s will do',
    (e) => expect(allowed(e)).toBe(true),
  );

  it.each([
    'MIT AND GPL-3.0-only',
    '(MIT OR ISC) AND GPL-3.0-only',
    'GPL-2.0-only WITH Classpath-exception-2.0',
    'MIT MIT',
    '(MIT',
    'MIT OR',
  ])('%s will not', (e) => expect(allowed(e)).toBe(false));

  it('binds AND closer than OR', () => {
    expect(allowed('MIT OR GPL-3.0-only AND GPL-2.0-only')).toBe(true);
    expect(allowed('GPL-3.0-only AND MIT OR GPL-2.0-only')).toBe(false);
  });
});
