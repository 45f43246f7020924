import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AWS_COLLECTORS } from '../../src/connectors/aws/all-collectors.ts';
import { coveragePage } from '../../tools/coverage-page.ts';
import { permissionsPage } from '../../tools/permissions-page.ts';
import { ASSERTED } from '../emulated/asserted.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(CHECKOUT, file), 'utf8');
const IDS = AWS_COLLECTORS.map(({ id }) => id);

/** Collectors that the emulated test of a category names. */
const namedIn = (category: string): readonly string[] =>
  globSync(`test/emulated/${category}*.test.ts`, { cwd: CHECKOUT }).flatMap((file) =>
    IDS.filter((id) => read(file).includes(`'${id}'`)),
  );

it('docs/permissions.md is what `npm run generate:connectors` writes', async () => {
  expect(read('docs/permissions.md')).toBe(await permissionsPage());
});

it('docs/coverage.md is what `npm run generate:connectors` writes', () => {
  expect(read('docs/coverage.md')).toBe(coveragePage());
});

it.each(AWS_COLLECTORS)('docs/permissions.md has the actions of $id', async ({ actions, id }) => {
  const rows = (await permissionsPage()).split('\n').filter((row) => row.includes(`\`${id}\``));
  expect(actions.filter((action) => !rows.some((row) => row.startsWith(`| \`${action}\` | `)))).toEqual([]);
});

describe('what is asserted on the emulator', () => {
  it('is said of collectors that there are', () => {
    expect(Object.keys(ASSERTED).filter((id) => !IDS.includes(id))).toEqual([]);
  });

  it('is asserted by the emulated test of the category', () => {
    const claimed = AWS_COLLECTORS.filter(({ id }) => ASSERTED[id] === 'emulator');
    expect(claimed.filter(({ id, category }) => !namedIn(category).includes(id)).map(({ id }) => id)).toEqual([]);
  });

  it('is said of every collector that an emulated test names', () => {
    const named = new Set(AWS_COLLECTORS.flatMap(({ category }) => namedIn(category)));
    expect([...named].filter((id) => ASSERTED[id] === undefined)).toEqual([]);
  });
});
