/** Writes the templates of the roles that the hub assumes. Run it after a collector's declaration changed. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { organizationRoleTemplate } from '../stacksets/organization-role.ts';
import { spokeRoleTemplate } from '../stacksets/spoke-role.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '..');

const TEMPLATES = {
  'stacksets/securityv0-readonly-role.template.json': spokeRoleTemplate(),
  'stacksets/securityv0-organization-role.template.json': organizationRoleTemplate(),
};

for (const [file, template] of Object.entries(TEMPLATES)) {
  await writeFile(path.join(CHECKOUT, file), JSON.stringify(template, null, 2));
  console.log(`wrote ${file}`);
}
execFileSync(path.join(CHECKOUT, 'node_modules/.bin/biome'), ['format', '--write', ...Object.keys(TEMPLATES)], {
  cwd: CHECKOUT,
});
