import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { authorityPage } from '../../tools/authority-page.ts';

it('docs/authority.md is what `npm run generate:authority` writes', () => {
  expect(readFileSync(path.resolve(import.meta.dirname, '../../docs/authority.md'), 'utf8')).toBe(authorityPage());
});
