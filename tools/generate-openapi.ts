/** Writes the description of the HTTP API. Run it after a route or a schema of one changed. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { openApi } from '../lambdas/api/openapi.ts';
import { type ApiDeps, routes } from '../lambdas/api/routes/index.ts';

const FILE = 'docs/openapi.json';

// Only what routes declare is read; nothing is asked of what they work with.
const declared = routes(z.custom<ApiDeps>().parse({}));

await writeFile(path.resolve(import.meta.dirname, '..', FILE), `${JSON.stringify(openApi(declared), null, 2)}\n`);
console.log(`wrote ${FILE}`);
