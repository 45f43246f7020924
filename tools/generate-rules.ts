/** Writes what the page on stitching takes from the rules and from the lab. Run it after a rule's declaration, or what it finds, changed. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stitchingPage } from './stitching-page.ts';

const FILE = path.resolve(import.meta.dirname, '../docs/stitching.md');

await writeFile(FILE, stitchingPage(await readFile(FILE, 'utf8')));
console.log('wrote docs/stitching.md');
