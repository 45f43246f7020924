import { describe, expect, it } from 'vitest';
import { toAssumption } from '../../../../src/connectors/aws/cloudtrail/assumption.ts';

const ROLE = 'arn:aws:iam::111111111111:role/service/pipeline';
const AT = new Date('2026-01-02T03:04:05Z');

interface Overrides {
  readonly userIdentity?: object;
  readonly requestParameters?: object | null;
  readonly [field: string]: unknown;
}

/** An event with what must never be kept in it. https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html */
const anEvent = (overrides: Overrides) => ({
  EventId: 'e-1',
  EventName: 'AssumeRole',
  EventTime: AT,
  Username: 'alice@example.com',
  CloudTrailEvent: JSON.stringify({
    eventVersion: '1.08',
    eventSource: 'sts.amazonaws.com',
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2 of alice',
    requestParameters: { roleArn: ROLE, roleSessionName: 'alice@example.com', externalId: 'xid' },
    responseElements: { credentials: { accessKeyId: 'ASIAEXAMPLE', sessionToken: 'token' } },
    ...overrides,
  }),
});

const by = (userIdentity: object, overrides: Overrides = {}) =>
  toAssumption(anEvent({ userIdentity, ...overrides }), 'aws')?.by;

describe('who assumed a role', () => {
  it.each<[string, object, object]>([
    [
      'a session of a role is its role, with its path',
      {
        type: 'AssumedRole',
        principalId: 'AROAEXAMPLE:alice@example.com',
        arn: 'arn:aws:sts::111111111111:assumed-role/admin/alice@example.com',
        sessionContext: { sessionIssuer: { type: 'Role', arn: 'arn:aws:iam::111111111111:role/sso/admin' } },
      },
      { kind: 'role', id: 'arn:aws:iam::111111111111:role/sso/admin' },
    ],
    [
      'a session that does not say its issuer loses its name all the same',
      { type: 'AssumedRole', arn: 'arn:aws:sts::111111111111:assumed-role/admin/alice@example.com' },
      { kind: 'role', id: 'arn:aws:sts::111111111111:assumed-role/admin' },
    ],
    [
      'a user',
      { type: 'IAMUser', arn: 'arn:aws:iam::111111111111:user/deployer', userName: 'deployer' },
      { kind: 'user', id: 'arn:aws:iam::111111111111:user/deployer' },
    ],
    [
      'a federated session of a user is the user',
      {
        type: 'FederatedUser',
        arn: 'arn:aws:sts::111111111111:federated-user/alice',
        sessionContext: { sessionIssuer: { type: 'IAMUser', arn: 'arn:aws:iam::111111111111:user/broker' } },
      },
      { kind: 'user', id: 'arn:aws:iam::111111111111:user/broker' },
    ],
    [
      'the root of an account',
      { type: 'Root', accountId: '111111111111', arn: 'arn:aws:iam::111111111111:root' },
      { kind: 'account', id: 'arn:aws:iam::111111111111:root' },
    ],
    [
      'a principal of another account is the account and its unique id',
      { type: 'AWSAccount', principalId: 'AROAOTHER:alice@example.com', accountId: '222222222222' },
      { kind: 'account', id: 'arn:aws:iam::222222222222:root', unique_id: 'AROAOTHER' },
    ],
    [
      'a service',
      { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' },
      { kind: 'service', id: 'lambda.amazonaws.com' },
    ],
    [
      'a subject of an issuer',
      {
        type: 'WebIdentityUser',
        principalId:
          'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:a/b:ref:refs/heads/main',
        userName: 'repo:a/b:ref:refs/heads/main',
        identityProvider: 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com',
      },
      {
        kind: 'federated_subject',
        id: 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com',
        subject: 'repo:a/b:ref:refs/heads/main',
      },
    ],
    [
      'a subject that is an address is left out',
      { type: 'WebIdentityUser', userName: 'alice@example.com', identityProvider: 'accounts.google.com' },
      { kind: 'federated_subject', id: 'accounts.google.com', subject: null },
    ],
    ['somebody of a kind that we do not know', { type: 'IdentityCenterUser' }, { kind: 'unknown', id: null }],
  ])('%s', (_, identity, expected) => {
    expect(by(identity)).toEqual(expected);
  });

  it('by SAML is the provider, and not the person', () => {
    const requestParameters = {
      roleArn: ROLE,
      principalArn: 'arn:aws:iam::111111111111:saml-provider/corp',
      roleSessionName: 'alice@example.com',
    };
    const identity = { type: 'SAMLUser', principalId: 'hash:alice@example.com', userName: 'alice@example.com' };
    expect(by(identity, { requestParameters })).toEqual({
      kind: 'saml_provider',
      id: 'arn:aws:iam::111111111111:saml-provider/corp',
    });
  });

  it('keeps no session name, address, external id or credential', () => {
    const identity = { type: 'AWSAccount', principalId: 'AROAOTHER:alice@example.com', accountId: '222222222222' };
    const kept = JSON.stringify(toAssumption(anEvent({ userIdentity: identity }), 'aws'));
    expect(kept).toContain(ROLE);
    for (const secret of ['alice', '203.0.113', 'xid', 'ASIAEXAMPLE', 'token', 'aws-cli']) {
      expect(kept).not.toContain(secret);
    }
  });
});

describe('an event', () => {
  const user = { type: 'IAMUser', arn: 'arn:aws:iam::111111111111:user/deployer' };

  it('that was refused is no assumption, though it has no parameters', () => {
    const refused = anEvent({ userIdentity: user, errorCode: 'AccessDenied', requestParameters: null });
    expect(toAssumption(refused, 'aws')).toBeUndefined();
  });

  it.each([
    ['without its record', { EventTime: AT }, 'the item has no CloudTrailEvent'],
    ['that is no JSON', { EventTime: AT, CloudTrailEvent: 'oops' }, 'the record of the event is not JSON'],
    ['without an identity', anEvent({}), 'userIdentity'],
    ['without a role', anEvent({ userIdentity: user, requestParameters: null }), 'no requestParameters.roleArn'],
    [
      'of what is no role',
      anEvent({ userIdentity: user, requestParameters: { roleArn: 'x' } }),
      'not the ARN of a role',
    ],
    ['without a time', { ...anEvent({ userIdentity: user }), EventTime: undefined }, 'no EventTime'],
  ])('%s is unreadable', (_, event, message) => {
    expect(() => toAssumption(event, 'aws')).toThrow(message);
  });
});
