/** Writes the page on failures. Run it after a code or its facts changed. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorPage } from './error-page.ts';

const FILE = 'docs/errors.md';

await writeFile(path.resolve(import.meta.dirname, '..', FILE), errorPage());
console.log(`wrote ${FILE}`);
