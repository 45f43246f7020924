import { describe, expect, it } from 'vitest';
import { conditionSentence, requestContext } from '../../src/policy/index.ts';
import { aRequest, policy, underCondition, verdict } from './builders.ts';

const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const reader = policy('identity', { ...read, Sid: 'Read' });
const stranger = { arn: 'arn:aws:iam::111111111111:role/app', account: '111111111111', organization: 'o-a', tags: {} };

describe('a verdict shows the statements it rests on', () => {
  it('the grant of an identity policy, by document, index and Sid', () => {
    expect(verdict({ identity: [reader] })).toEqual({
      decision: 'allowed',
      because: [{ policy: reader.hash, kind: 'identity', index: 0, sid: 'Read', effect: 'Allow' }],
      conditions: [],
      blocked_by: 'none',
    });
  });

  it('both sides of a grant across accounts', () => {
    const bucket = policy('resource', { ...read, Principal: { AWS: '111111111111' } });
    const { decision, because } = verdict({ identity: [reader], resource: bucket }, { principal: stranger });
    expect(decision).toBe('allowed');
    expect(because.map(({ kind }) => kind).toSorted()).toEqual(['identity', 'resource']);
  });

  it('the Deny that decides', () => {
    const set = { identity: [policy('identity', read, { ...read, Effect: 'Deny', Sid: 'No' })] };
    expect(verdict(set)).toMatchObject({ decision: 'denied', because: [{ index: 1, sid: 'No', effect: 'Deny' }] });
  });

  it('the Deny that leaves it open, beside the grant', () => {
    const deny = { ...read, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    const { decision, because, conditions } = verdict({ identity: [policy('identity', read, deny)] });
    expect(decision).toBe('conditional');
    expect(because.map(({ index }) => index).toSorted()).toEqual([0, 1]);
    expect(conditions.map(conditionSentence)).toEqual(['unless `aws:SecureTransport` is `false`']);
  });

  it('nothing, where nobody grants', () => {
    expect(verdict({})).toMatchObject({ decision: 'denied', because: [], blocked_by: 'identity' });
  });
});

describe('a refusal names who refused', () => {
  const nothing = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' };
  const deny = { Effect: 'Deny', Action: '*', Resource: '*' };

  it.each([
    ['identity', { identity: [policy('identity', nothing)] }],
    ['identity', { identity: [policy('identity', read, deny)] }],
    ['boundary', { identity: [reader], boundary: policy('boundary', nothing) }],
    ['boundary', { identity: [reader], boundary: policy('boundary', read, deny) }],
    ['session', { identity: [reader], session: [policy('session', nothing)] }],
    ['scp', { identity: [reader], scps: [[policy('scp', nothing)]] }],
    ['scp', { identity: [reader], scps: [[policy('scp', read), policy('scp', deny)]] }],
    ['rcp', { identity: [reader], rcps: [[policy('rcp', { ...deny, Principal: '*' })]] }],
    ['resource', { identity: [reader], resource: policy('resource', { ...deny, Principal: '*' }) }],
  ])('%s', (blockedBy, set) => {
    expect(verdict(set)).toMatchObject({ decision: 'denied', blocked_by: blockedBy });
  });

  it('across accounts, the resource before the identity', () => {
    expect(verdict({ identity: [reader] }, { principal: stranger }).blocked_by).toBe('resource');
    const bucket = policy('resource', { ...read, Principal: { AWS: '111111111111' } });
    expect(verdict({ resource: bucket }, { principal: stranger }).blocked_by).toBe('identity');
  });
});

describe('conditions are simplified', () => {
  it('an Allow without condition beside one with it leaves none', () => {
    const open = { ...read, Condition: { Bool: { 'aws:SecureTransport': 'true' } } };
    expect(verdict({ identity: [policy('identity', open, read)] })).toMatchObject({
      decision: 'allowed',
      conditions: [],
    });
  });

  it('the same condition on both sides is said once', () => {
    const open = { ...read, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    const bucket = policy('resource', { ...open, Principal: { AWS: '111111111111' } });
    const { conditions } = verdict({ identity: [policy('identity', open)], resource: bucket }, { principal: stranger });
    expect(conditions.map(conditionSentence)).toEqual(['if `aws:SourceIp` is in `10.0.0.0/8`']);
  });

  it('the wider of two alternatives absorbs the narrower', () => {
    const wide = { ...read, Condition: { StringEquals: { 'a:b': 'x' } } };
    const narrow = { ...read, Condition: { StringEquals: { 'a:b': 'x', 'a:c': 'y' } } };
    const { conditions } = verdict({ identity: [policy('identity', narrow, wide)] });
    expect(conditions.map(conditionSentence)).toEqual(['if `a:b` is `x`']);
  });

  it('two Denies are two conditions', () => {
    const deny = (key: string) => ({ ...read, Effect: 'Deny', Condition: { StringEquals: { [key]: 'x' } } });
    const { conditions } = verdict({ identity: [policy('identity', read, deny('a:b'), deny('a:c'))] });
    expect(conditions.map(conditionSentence)).toEqual(['unless `a:b` is `x`', 'unless `a:c` is `x`']);
  });
});

describe('what the documentation leaves open is undetermined, and says why', () => {
  const role = aRequest();
  const absent = { 'aws:MultiFactorAuthPresent': null };

  it('the MFA key of a role session', () => {
    const { decision, conditions } = underCondition(
      { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } },
      absent,
      role,
    );
    expect(decision).toBe('undetermined');
    expect(conditions.map(conditionSentence).join()).toContain('AWS documents the MFA key of a role session both');
  });

  it('but not where the verdict does not depend on it', () => {
    const condition = {
      BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' },
      StringEquals: { 'aws:PrincipalOrgID': 'o-z' },
    };
    expect(underCondition(condition, absent, role).decision).toBe('denied');
  });

  it('NotPrincipal that lists only the account of the caller', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*', NotPrincipal: { AWS: ['222222222222'] } };
    expect(verdict({ identity: [reader], resource: policy('resource', deny) }).decision).toBe('undetermined');
  });

  it.each([
    [
      'spares a caller that is listed with its account',
      ['222222222222', 'arn:aws:iam::222222222222:role/app'],
      undefined,
      'allowed',
    ],
    ['denies a caller that is not listed at all', ['111111111111'], undefined, 'denied'],
    [
      'denies whoever has a permissions boundary',
      ['222222222222', 'arn:aws:iam::222222222222:role/app'],
      policy('boundary', { Effect: 'Allow', Action: '*', Resource: '*' }),
      'denied',
    ],
  ])('NotPrincipal %s', (_, AWS, boundary, decision) => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*', NotPrincipal: { AWS } };
    expect(verdict({ identity: [reader], boundary, resource: policy('resource', deny) }).decision).toBe(decision);
  });
});

describe('session policies that nobody knows', () => {
  it('make a grant an upper bound', () => {
    expect(verdict({ identity: [reader], session: 'unknown' })).toMatchObject({
      decision: 'allowed',
      upper_bound: true,
    });
  });

  it('do not matter to a refusal', () => {
    expect(verdict({ session: 'unknown' })).not.toHaveProperty('upper_bound');
  });
});

describe('who asks', () => {
  const bucket = policy('resource', { ...read, Principal: '*' });

  it('a role whose session is unknown may be the session that a policy names', () => {
    const AWS = 'arn:aws:sts::222222222222:assumed-role/app/s1';
    const named = policy('resource', { ...read, Principal: { AWS } });
    expect(verdict({ resource: named }).conditions.map(conditionSentence)).toEqual(['if `aws:userid` is like `*:s1`']);
    const asS2 = requestContext({ 'aws:userid': 'AROAEXAMPLE:s2' });
    expect(verdict({ resource: named }, { context: asS2 }).decision).toBe('denied');
  });

  it('a session is its role, whatever the path of the role', () => {
    const AWS = 'arn:aws:iam::222222222222:role/team/app';
    const session = { arn: 'arn:aws:sts::222222222222:assumed-role/app/s1', account: '222222222222', tags: {} };
    const named = policy('resource', { ...read, Principal: { AWS } });
    expect(verdict({ resource: named }, { principal: session }).decision).toBe('allowed');
  });

  it('the anonymous reads what is open to everybody, but signs no request to DynamoDB', () => {
    const principal = { arn: 'anonymous', account: null, organization: null };
    expect(verdict({ resource: bucket }, { principal }).decision).toBe('allowed');
    const table = policy('resource', { Effect: 'Allow', Action: '*', Resource: '*', Principal: '*' });
    expect(verdict({ resource: table }, { principal, action: 'dynamodb:GetItem' }).decision).toBe('denied');
  });

  it('the root user needs no identity policy, obeys SCPs and cannot assume roles', () => {
    const principal = { arn: 'arn:aws:iam::222222222222:root', account: '222222222222' };
    expect(verdict({}, { principal }).decision).toBe('allowed');
    const scps = [
      [
        policy(
          'scp',
          { Effect: 'Deny', Action: 's3:*', Resource: '*' },
          { Effect: 'Allow', Action: '*', Resource: '*' },
        ),
      ],
    ];
    expect(verdict({ scps }, { principal }).blocked_by).toBe('scp');
    const trust = policy('trust', { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '222222222222' } });
    const role = { arn: 'arn:aws:iam::222222222222:role/data', account: '222222222222' };
    expect(verdict({ resource: trust }, { principal, action: 'sts:AssumeRole', resource: role }).decision).toBe(
      'denied',
    );
  });

  it('a CloudFront origin access identity is let in by the bucket alone', () => {
    const arn = 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE';
    const named = policy('resource', { ...read, Principal: { AWS: arn } });
    expect(verdict({ resource: named }, { principal: { arn, account: null } }).decision).toBe('allowed');
  });
});
