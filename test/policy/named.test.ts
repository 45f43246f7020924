import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { principalsNamed, resourcesNamed } from '../../src/policy/index.ts';
import { policy, verdict } from './builders.ts';

describe('whom a trust policy could name', () => {
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole' };

  it('sorts its names by the way in which they are looked up', () => {
    const AWS = [
      '111111111111',
      'arn:aws:iam::333333333333:root',
      'arn:aws:iam::111111111111:role/app',
      'arn:aws:sts::111111111111:assumed-role/app/s1',
      'AROADELETEDROLEID0000',
    ];
    const trust = policy('trust', {
      ...assume,
      Principal: { AWS, Service: 'lambda.amazonaws.com', Federated: 'accounts.google.com' },
    });
    expect(principalsNamed(trust, 'sts:AssumeRole')).toEqual({
      everybody: false,
      accounts: ['111111111111', '333333333333'],
      arns: ['arn:aws:iam::111111111111:role/app'],
      sessions: [{ arn: 'arn:aws:sts::111111111111:assumed-role/app/s1', account: '111111111111', role_name: 'app' }],
      unique_ids: ['AROADELETEDROLEID0000'],
      services: ['lambda.amazonaws.com'],
      federated: ['accounts.google.com'],
      canonical_users: [],
    });
  });

  it('leaves out Denies and other actions', () => {
    const trust = policy(
      'trust',
      { ...assume, Effect: 'Deny', Principal: '*' },
      { ...assume, Action: 'sts:TagSession', Principal: { AWS: '111111111111' } },
    );
    expect(principalsNamed(trust, 'sts:AssumeRole')).toMatchObject({ everybody: false, accounts: [] });
  });

  it('takes everybody but some for everybody, except in a trust policy, where that grants nothing', () => {
    const others = { Effect: 'Allow', Action: '*', NotPrincipal: { AWS: '111111111111' } };
    expect(principalsNamed(policy('resource', others), 's3:GetObject').everybody).toBe(true);
    expect(principalsNamed(policy('trust', others), 'sts:AssumeRole').everybody).toBe(false);
  });
});

describe('which resources an identity policy could cover', () => {
  it('tells exact ARNs from patterns', () => {
    const identity = policy(
      'identity',
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: ['arn:aws:iam::222222222222:role/data', 'arn:aws:iam::*:role/x*'],
      },
      { Effect: 'Allow', Action: 's3:*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*' },
    );
    const named = resourcesNamed(identity, 'sts:AssumeRole');
    expect(named.map(({ text, exact }) => [text, exact])).toEqual([
      ['arn:aws:iam::222222222222:role/data', 'arn:aws:iam::222222222222:role/data'],
      ['arn:aws:iam::*:role/x*', undefined],
    ]);
    expect(named[1]?.covers('arn:aws:iam::333333333333:role/xy')).toBe(true);
    expect(named[1]?.covers('arn:aws:iam::333333333333:role/y')).toBe(false);
  });

  it('never misses one that the evaluation allows', () => {
    const arns = ['arn:aws:s3:::b/k', 'arn:aws:s3:::b/app', 'arn:aws:s3:::c/k'];
    const patterns = fc.uniqueArray(
      fc.constantFrom(...arns, '*', 'arn:aws:s3:::b/*', `arn:aws:s3:::b/\${aws:PrincipalTag/team}`),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom('Resource', 'NotResource'),
        patterns,
        fc.constantFrom(...arns),
        (element, list, arn) => {
          const identity = policy('identity', { Effect: 'Allow', Action: 's3:GetObject', [element]: list });
          const principal = {
            arn: 'arn:aws:iam::222222222222:role/app',
            account: '222222222222',
            tags: { team: 'app' },
          };
          const { decision } = verdict(
            { identity: [identity] },
            { principal, resource: { arn, account: '222222222222' } },
          );
          const named = resourcesNamed(identity, 's3:GetObject').some(({ covers }) => covers(arn));
          expect(decision === 'denied' || named).toBe(true);
        },
      ),
    );
  });
});
