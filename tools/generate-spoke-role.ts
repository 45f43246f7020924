/** Writes the templates of the roles that the hub assumes. Run it after a collector's declaration changed. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { organizationRoleTemplate } from '../stacksets/organization-role.ts';
import { spokeRoleTemplate } from '../stacksets/spoke-role.ts';

const TEMPLATES = {
  'securityv0-readonly-role.template.json': spokeRoleTemplate(),
  'securityv0-organization-role.template.json': organizationRoleTemplate(),
};

for (const [name, template] of Object.entries(TEMPLATES)) {
  const file = path.join(import.meta.dirname, '../stacksets', name);
  await writeFile(file, `${JSON.stringify(template, null, 2)}\n`);
  console.log(`wrote stacksets/${name}`);
}
