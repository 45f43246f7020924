import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/kernel/failures.ts';
import { errorPage } from '../../tools/error-page.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8');

it('docs/errors.md is what `npm run generate:errors` writes', () => {
  expect(page).toBe(errorPage());
});

it('docs/errors.md has one row for each code', () => {
  const codes = [...page.matchAll(/^\| `(\w+)` \| \d{3} \| [^|]+ \| .+ \| [^|]+ \|$/gm)].map(([, code]) => code);
  expect(codes).toEqual([...ERROR_CODES]);
});
