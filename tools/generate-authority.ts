/** Writes the page on authority. Run it after a technique or an access level changed. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { authorityPage } from './authority-page.ts';

const FILE = 'docs/authority.md';

await writeFile(path.resolve(import.meta.dirname, '..', FILE), authorityPage());
console.log(`wrote ${FILE}`);
