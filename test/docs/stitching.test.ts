import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SURVIVORSHIP } from '../../src/correlations/identities.ts';
import { RULES } from '../../src/correlations/registry.ts';
import { stitchingPage } from '../../tools/stitching-page.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/stitching.md'), 'utf8');

describe('docs/stitching.md', () => {
  it('is what `npm run generate:rules` writes', () => {
    expect(PAGE).toBe(stitchingPage(PAGE));
  });

  it.each(RULES)('has a section on $id', ({ id, title }) => {
    expect(PAGE).toContain(`### ${id}\n\n*${title}.*`);
  });

  it('has the order in which members survive', () => {
    const section = PAGE.slice(PAGE.indexOf('## Identities'), PAGE.indexOf('## Retirement'));
    const listed = section.split('\n').filter((line) => /^\d\./.test(line));
    const types = listed.flatMap((line) =>
      [...(line.split(':')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, type]) => type),
    );
    expect(types).toEqual(SURVIVORSHIP);
  });

  it('does without a pair of markers only loudly', () => {
    expect(() => stitchingPage(PAGE.replace('<!-- /rules -->', ''))).toThrow('the page has no part');
  });
});
