/** Writes what makes the roles that the hub assumes: templates and a Terraform module. Run it after a collector's declaration changed. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { organizationRoleTemplate } from '../stacksets/organization-role.ts';
import { spokeRoleTemplate } from '../stacksets/spoke-role.ts';
import { terraformModule } from '../stacksets/terraform-module.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '..');
const MODULE = 'stacksets/terraform/securityv0-spoke-role';

const FILES = {
  'stacksets/securityv0-readonly-role.template.json': spokeRoleTemplate(),
  'stacksets/securityv0-organization-role.template.json': organizationRoleTemplate(),
  ...Object.fromEntries(Object.entries(terraformModule()).map(([name, content]) => [`${MODULE}/${name}`, content])),
};

for (const [file, content] of Object.entries(FILES)) {
  await writeFile(path.join(CHECKOUT, file), JSON.stringify(content, null, 2));
  console.log(`wrote ${file}`);
}
execFileSync(path.join(CHECKOUT, 'node_modules/.bin/biome'), ['format', '--write', ...Object.keys(FILES)], {
  cwd: CHECKOUT,
});
