/** Writes the pages on permissions and coverage. Run it after a collector's declaration or what is asserted of it changed. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { coveragePage } from './coverage-page.ts';
import { permissionsPage } from './permissions-page.ts';

const PAGES = { 'docs/permissions.md': await permissionsPage(), 'docs/coverage.md': coveragePage() };

for (const [file, page] of Object.entries(PAGES)) {
  await writeFile(path.resolve(import.meta.dirname, '..', file), page);
  console.log(`wrote ${file}`);
}
