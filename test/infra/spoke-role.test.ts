import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { actionFacts, actionsMatching } from '../../src/policy/action-facts.ts';
import { type CompiledPolicy, compilePolicy, evaluate, requestContext } from '../../src/policy/index.ts';
import { CONTENT_READS } from '../../stacksets/content-reads.ts';
import { organizationRoleTemplate } from '../../stacksets/organization-role.ts';
import {
  boundaryPolicy,
  INLINE_POLICIES_LIMIT,
  lengthOf,
  MANAGED_POLICY_LIMIT,
  organizationActions,
  readPrefixes,
  rolePolicies,
  spokeActions,
} from '../../stacksets/read-policies.ts';
import { spokeRoleTemplate } from '../../stacksets/spoke-role.ts';
import { type Given, resourcesOf, roleOfTemplate } from './delivered-role.ts';

const HUB = '999999999999';
const ACCOUNT = '111111111111';
const COLLECTOR = `arn:aws:iam::${HUB}:role/collector`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/SecurityV0ReadOnly`;
const EXTERNAL_ID = 'throughline-0123456789abcdef';
const ORGANIZATION = 'o-0123456789';

const GIVEN: Given = {
  HubAccountId: HUB,
  CollectorRoleName: 'collector',
  ExternalId: EXTERNAL_ID,
  OrganizationId: ORGANIZATION,
};

const TEMPLATES = {
  'securityv0-readonly-role.template.json': spokeRoleTemplate(),
  'securityv0-organization-role.template.json': organizationRoleTemplate(),
};

describe.each(Object.entries(TEMPLATES))('%s', (name, template) => {
  it('is what its source gives: run `node tools/generate-spoke-role.ts` where this fails', async () => {
    const written = await readFile(path.resolve(import.meta.dirname, '../../stacksets', name), 'utf8');
    expect(JSON.parse(written)).toEqual(template);
  });

  it('is small enough for CloudFormation', () => {
    expect(JSON.stringify(template, null, 2).length).toBeLessThan(51_200);
  });

  it('makes one role and policies for it, and nothing else', () => {
    const types = Object.values(resourcesOf(template, GIVEN)).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::IAM::Role')).toHaveLength(1);
    expect(new Set(types)).toEqual(new Set(['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy']));
  });
});

describe.each([
  ['the spoke role', spokeRoleTemplate(), spokeActions()],
  ['the organization role', organizationRoleTemplate(), organizationActions()],
])('%s', (_, template, actions) => {
  const role = roleOfTemplate(template, GIVEN);
  const boundary = compilePolicy(role.boundary, 'boundary');
  const reads = [role.inline, ...role.managed].map((document) => compilePolicy(document, 'identity'));
  const everything = compilePolicy(
    { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
    'identity',
  );
  const may = (action: string, identity: readonly CompiledPolicy[]) =>
    evaluate(
      {
        principal: { arn: ROLE, account: ACCOUNT },
        action,
        resource: { arn: `arn:aws:any:::thing`, account: ACCOUNT },
      },
      { identity, boundary },
    ).decision;

  it.each(actions)('may %s, which a collector calls', (action) => {
    expect(may(action, reads)).toBe('allowed');
  });

  it.each(actions)('may %s, which AWS calls a read', (action) => {
    expect(actionFacts(action)).toMatchObject({ action, access_level: expect.stringMatching(/^(List|Read)$/) });
  });

  it.each([
    'iam:CreateRole',
    'iam:PassRole',
    'iam:PutRolePolicy',
    'iam:UpdateAssumeRolePolicy',
    'iam:GenerateCredentialReport',
    'sts:AssumeRole',
    'sts:GetSessionToken',
    'lambda:InvokeFunction',
    'lambda:UpdateFunctionCode',
    's3:PutObject',
    's3:PutBucketPolicy',
    's3:DeleteBucket',
    'dynamodb:PutItem',
    'sns:Publish',
    'organizations:LeaveOrganization',
    'organizations:CloseAccount',
    'ec2:DescribeInstances',
  ])('may not %s, whatever policies it is given later', (action) => {
    expect(may(action, [everything])).toBe('denied');
  });

  it.each(CONTENT_READS.map((action) => action.replace('*', 'Version')))(
    'may not %s, whatever policies it is given later: it reads content',
    (action) => {
      expect(may(action, [everything])).toBe('denied');
    },
  );

  it('may do nothing that AWS calls more than a read, whatever policies it is given later', () => {
    const more = actionsMatching('*').filter(({ access_level }) => !/^(List|Read)$/.test(access_level));
    expect(more.length).toBeGreaterThan(10_000);
    expect(more.filter(({ action }) => may(action, [everything]) !== 'denied').map(({ action }) => action)).toEqual([]);
  });

  it('has a boundary that fits into one policy', () => {
    expect(lengthOf(boundaryPolicy(actions))).toBeLessThan(MANAGED_POLICY_LIMIT);
  });

  const assumes = (
    caller: { arn: string; account: string; organization?: string },
    externalId?: string,
    trust = compilePolicy(role.trust, 'trust'),
  ) =>
    evaluate(
      {
        principal: caller,
        action: 'sts:AssumeRole',
        resource: { arn: ROLE, account: ACCOUNT },
        context: externalId ? requestContext({ 'sts:ExternalId': externalId }) : requestContext({}, ['sts:ExternalId']),
      },
      { identity: [everything], resource: trust },
    ).decision;
  const collector = { arn: COLLECTOR, account: HUB, organization: ORGANIZATION };

  it('is assumed by the collector role with the external id', () => {
    expect(assumes(collector, EXTERNAL_ID)).toBe('allowed');
  });

  it.each<[string, typeof collector, string | undefined]>([
    ['another role of the hub account', { ...collector, arn: `arn:aws:iam::${HUB}:role/api` }, EXTERNAL_ID],
    [
      'a role of the same name in another account',
      { ...collector, arn: COLLECTOR.replace(HUB, '222222222222'), account: '222222222222' },
      EXTERNAL_ID,
    ],
    ['the hub after it left the organization', { ...collector, organization: 'o-9876543210' }, EXTERNAL_ID],
    ['the hub on behalf of another tenant', collector, 'throughline-ffffffffffffffff'],
    ['the hub without an external id', collector, undefined],
  ])('is not assumed by %s', (_case, caller, externalId) => {
    expect(assumes(caller, externalId)).toBe('denied');
  });

  describe('of a hub that is in no organization', () => {
    const alone = compilePolicy(roleOfTemplate(template, { ...GIVEN, OrganizationId: 'none' }).trust, 'trust');

    it('is assumed by the collector role with the external id', () => {
      expect(assumes({ arn: COLLECTOR, account: HUB }, EXTERNAL_ID, alone)).toBe('allowed');
    });

    it.each<[string, string, string | undefined]>([
      ['another role of the hub account', `arn:aws:iam::${HUB}:role/api`, EXTERNAL_ID],
      ['the hub on behalf of another tenant', COLLECTOR, 'throughline-ffffffffffffffff'],
      ['the hub without an external id', COLLECTOR, undefined],
    ])('is not assumed by %s', (_case, arn, externalId) => {
      expect(assumes({ arn, account: HUB }, externalId, alone)).toBe('denied');
    });
  });

  it('is told whom to trust: nobody by default', () => {
    const { Parameters } = z
      .looseObject({ Parameters: z.record(z.string(), z.looseObject({ Default: z.unknown().optional() })) })
      .parse(template);
    const without = Object.entries(Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [name] : []));
    expect(without).toEqual(['HubAccountId', 'CollectorRoleName', 'ExternalId', 'OrganizationId']);
  });
});

describe('the reads of content', () => {
  it.each(CONTENT_READS)('%s stands for actions that exist', (pattern) => {
    expect(actionsMatching(pattern)).not.toEqual([]);
  });
});

describe('the policies of a role', () => {
  it('are what the collectors declare, and nothing else', () => {
    const { inline, managed } = rolePolicies(spokeActions());
    expect([inline, ...managed].flatMap(({ Statement }) => Statement[0]?.Action)).toEqual(spokeActions());
  });

  it('leave the organization to the organization role', () => {
    expect(spokeActions().filter((action) => action.startsWith('organizations:'))).toEqual([]);
    expect(organizationActions().every((action) => action.startsWith('organizations:'))).toBe(true);
  });

  it('are one policy in the role as long as it fits', () => {
    const { managed } = rolePolicies(some(250));
    expect(managed).toEqual([]);
  });

  it('are split, each under its limit and together complete, where they are too long', () => {
    const { inline, managed } = rolePolicies(some(900));
    expect(managed.length).toBeGreaterThan(1);
    expect([inline, ...managed].flatMap(({ Statement }) => Statement[0]?.Action)).toEqual(some(900));
    expect(lengthOf(inline)).toBeLessThanOrEqual(INLINE_POLICIES_LIMIT);
    for (const policy of managed) expect(lengthOf(policy)).toBeLessThanOrEqual(MANAGED_POLICY_LIMIT);
  });

  it('are never more than a role may have', () => {
    expect(() => rolePolicies(some(9_000))).toThrow('a role can have no');
    expect(() => rolePolicies([])).toThrow('no use');
  });

  it('an action that is no read by its name stops the generator', () => {
    expect(() => readPrefixes(['iam:GetRole', 'iam:PassRole'])).toThrow('iam:PassRole is not a read by its name');
  });
});

/** Actions as long as the long ones of AWS. */
function some(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `service:DescribeThingNumber${1_000 + index}`);
}
