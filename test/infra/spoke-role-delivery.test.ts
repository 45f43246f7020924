import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { SPOKE_ROLE_NAME, spokeRoleTemplate } from '../../stacksets/spoke-role.ts';
import { terraformModule } from '../../stacksets/terraform-module.ts';
import { type Given, roleOfModule, roleOfTemplate } from './delivered-role.ts';
import { exampleConfig } from './example.ts';
import { HubTemplate } from './hub-template.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../stacksets');
const MODULE = path.join(FOLDER, 'terraform/securityv0-spoke-role');
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const GIVEN: Given = {
  HubAccountId: '999999999999',
  CollectorRoleName: 'collector',
  ExternalId: 'throughline-0123456789abcdef',
  OrganizationId: 'o-0123456789',
};

const StackSet = z.object({
  TemplateBody: z.string(),
  Parameters: z.array(z.object({ ParameterKey: z.string(), ParameterValue: z.string() })),
});

/** More than ever fits into one policy. */
const MANY = Array.from({ length: 800 }, (_, index) => `service:DescribeThing${index}`);

describe('the Terraform module', () => {
  it.each(Object.entries(terraformModule()))(
    '%s is what its source gives: run `npm run generate:spoke-role` where this fails',
    (name, content) => {
      expect(read(path.join(MODULE, name))).toEqual(content);
    },
  );

  it('has no other files, but for its README', () => {
    const files = globSync('**/*', { cwd: MODULE, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name).sort()).toEqual([...Object.keys(terraformModule()), 'README.md'].sort());
  });

  it('brings no provider of its own: a module that does cannot be used under for_each', () => {
    for (const content of Object.values(terraformModule())) expect(content).not.toHaveProperty('provider');
  });

  it('refuses a provider for another account than it was told', () => {
    expect(JSON.stringify(terraformModule())).toContain('var.account_id == data.aws_caller_identity.this.account_id');
  });

  it('has a README that names every variable', () => {
    const page = readFileSync(path.join(MODULE, 'README.md'), 'utf8');
    const { variable } = z
      .looseObject({ variable: z.record(z.string(), z.unknown()) })
      .parse(terraformModule()['variables.tf.json']);
    expect(Object.keys(variable).filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe('the three deliveries of the spoke role', () => {
  it.each([
    ['in an organization', GIVEN],
    ['of a hub that is in none', { ...GIVEN, OrganizationId: 'none' }],
  ])('are equal %s: role, trust, boundary and policies', (_, given) => {
    const template = roleOfTemplate(spokeRoleTemplate(), given);
    expect(roleOfModule(terraformModule(), given)).toEqual(template);
    expect(template).toMatchObject({ name: SPOKE_ROLE_NAME, session_seconds: 3_600, trust: { Version: '2012-10-17' } });
  });

  it('are equal where the policies have to be split', () => {
    const template = roleOfTemplate(spokeRoleTemplate(MANY), GIVEN);
    expect(template.managed.length).toBeGreaterThan(1);
    expect(roleOfModule(terraformModule(MANY), GIVEN)).toEqual(template);
  });

  it('the StackSet places what the template says, always with the organization', () => {
    const { properties } = new HubTemplate().one('AWS::CloudFormation::StackSet', 'SpokeRole');
    const { TemplateBody, Parameters } = StackSet.parse(properties);
    const given = Object.fromEntries(
      Parameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]),
    );
    expect(given.OrganizationId).toBe(exampleConfig().organization?.id);
    const body = z.record(z.string(), z.json()).parse(JSON.parse(TemplateBody));
    expect(roleOfTemplate(body, given)).toEqual(roleOfModule(terraformModule(), given));
  });

  it('fit into a template also when there is much more to look at', () => {
    expect(JSON.stringify(spokeRoleTemplate(MANY), null, 2).length).toBeLessThan(51_200);
  });
});
