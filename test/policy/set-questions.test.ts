import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accessTo,
  assumableRoles,
  assumeAction,
  compilePolicy,
  type Estate,
  type EstatePrincipal,
  type EstateResource,
  type PolicyKind,
  pairCount,
  requestContext,
} from '../../src/policy/index.ts';
import { ACCOUNTS, asked, BUCKET, bruteForce, expanded, roleArn } from './estates.ts';

describe('the facts of a set question, expanded, are what asking every pair gives', () => {
  it('for roles', () => {
    let pairs = 0;
    fc.assert(
      fc.property(asked, ({ estate }) => {
        const facts = expanded(assumableRoles(estate));
        expect(facts.toSorted()).toEqual(
          bruteForce(estate, estate.roles, ({ principal }) => assumeAction(principal)).toSorted(),
        );
        pairs += facts.length;
      }),
      { numRuns: 600 },
    );
    expect(pairs).toBeGreaterThan(3_000);
  });

  it('for a resource and its key', () => {
    let pairs = 0;
    fc.assert(
      fc.property(asked, ({ estate, bucket }) => {
        for (const action of ['s3:GetObject', 'S3:ListBucket']) {
          const facts = expanded(accessTo(estate, bucket, [action]));
          expect(facts.toSorted()).toEqual(bruteForce(estate, [bucket], () => action).toSorted());
          pairs += facts.length;
        }
      }),
      { numRuns: 600 },
    );
    expect(pairs).toBeGreaterThan(1_000);
  });
});

describe('principals with the same policies are told apart', () => {
  const one = (kind: PolicyKind, statement: object) => compilePolicy({ Statement: statement }, kind);
  const anything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const asking = (identity: object): readonly EstatePrincipal[] => {
    const policies = { identity: [one('identity', identity)] };
    return ACCOUNTS.map((account) => ({
      principal: { arn: roleArn(account, 'app'), account, organization: 'o-a', tags: {} },
      policies,
    }));
  };
  const everybody = { Effect: 'Allow', Action: '*', Principal: '*' };
  const target = (resource: object, rcp: object): EstateResource => ({
    resource: { arn: roleArn('111111111111', 'open'), account: '111111111111' },
    policies: { resource: one('trust', resource), rcps: [[one('rcp', rcp)]] },
  });
  const expectSame = (estate: Estate, count: number) => {
    const facts = expanded(assumableRoles(estate));
    expect(facts.toSorted()).toEqual(bruteForce(estate, estate.roles, () => 'sts:AssumeRole').toSorted());
    expect(facts.length).toBe(count);
  };

  it('where an RCP names the account of some', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*', Principal: { AWS: '333333333333' } };
    expectSame({ principals: asking(anything), roles: [target(everybody, deny)] }, 2);
  });

  it('where some live in the account of the key, which needs no policy of their own to name them', () => {
    const resource = one('resource', { ...everybody, Resource: '*' });
    const encryption_key = { arn: 'arn:aws:kms:us-east-1:222222222222:key/k', account: '222222222222' };
    const bucket: EstateResource = {
      resource: { arn: `${BUCKET}/x`, account: '111111111111', encryption_key },
      policies: { resource, key: resource },
    };
    const estate: Estate = { principals: asking({ ...anything, Action: 's3:*' }), roles: [] };
    const facts = expanded(accessTo(estate, bucket, ['s3:GetObject']));
    expect(facts.toSorted()).toEqual(bruteForce(estate, [bucket], () => 's3:GetObject').toSorted());
    expect(facts.length).toBe(1);
  });

  it('but not by a condition on their ARN where the context says another one', () => {
    const Condition = { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/*' } };
    const nothing = { Effect: 'Deny', Action: 'kms:*', Resource: '*', Principal: '*' };
    const roles = [target({ ...everybody, Condition }, nothing)];
    expectSame({ principals: asking(anything), roles }, 1);
    const context = requestContext({ 'aws:PrincipalArn': roleArn('222222222222', 'app') });
    expectSame({ principals: asking(anything), roles, context }, 3);
  });
});

describe('inside an account identity policies suffice', () => {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const [account] = ACCOUNTS;
  const estate: Estate = {
    principals: [
      {
        principal: { arn: roleArn(account, 'app'), account, organization: 'o-a', tags: {} },
        policies: { identity: [compilePolicy({ Statement: statement }, 'identity')] },
      },
    ],
    roles: [],
  };
  const facts = (arn: string, action: string) => [
    ...accessTo(estate, { resource: { arn, account }, policies: {} }, [action]),
  ];

  it.each([
    ['dynamodb:GetItem', `arn:aws:dynamodb:us-east-1:${account}:table/t`, 1],
    ['kms:UpdateAlias', `arn:aws:kms:us-east-1:${account}:alias/a`, 1],
    ['sts:GetFederationToken', `arn:aws:sts::${account}:federated-user/u`, 1],
    ['kms:Decrypt', `arn:aws:kms:us-east-1:${account}:key/k`, 0],
    ['sts:AssumeRole', roleArn(account, 'other'), 0],
  ])('for %s on %s: %i', (action, arn, count) => {
    expect(facts(arn, action).length).toBe(count);
  });
});

describe('the answer grows with the facts', () => {
  const identity = [compilePolicy({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }, 'identity')];
  const account = '111111111111';
  const many = (prefix: string): readonly string[] =>
    Array.from({ length: 50 }, (_, i) => roleArn(account, `${prefix}-${i}`));
  const asking = (arns: readonly string[], policies: EstatePrincipal['policies']): readonly EstatePrincipal[] =>
    arns.map((arn) => ({ principal: { arn, account, organization: 'o-a', tags: {} }, policies }));
  const trusting = (arns: readonly string[], Principal: unknown): readonly EstateResource[] => {
    const resource = compilePolicy({ Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' } }, 'trust');
    return arns.map((arn) => ({ resource: { arn, account }, policies: { resource } }));
  };

  it('administrators and roles that trust their account are one fact', () => {
    const estate: Estate = {
      principals: [...asking(many('admin'), { identity }), ...asking(many('app'), {})],
      roles: trusting(many('app'), { AWS: account }),
    };
    const costs = { evaluations: 0 };
    const facts = [...assumableRoles(estate, costs)];
    expect(facts.map(pairCount)).toEqual([2_500]);
    expect(costs.evaluations).toBe(1);
  });

  it('a role that trusts everybody is one fact for all who need no policy of their own', () => {
    const estate: Estate = { principals: asking(many('app'), {}), roles: trusting([roleArn(account, 'open')], '*') };
    expect([...assumableRoles(estate)].map(pairCount)).toEqual([50]);
  });
});
