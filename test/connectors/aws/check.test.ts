import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AWS_CATEGORIES } from '../../../src/connectors/aws/categories.ts';
import { type AwsCheckOptions, type AwsCheckTarget, checkAws } from '../../../src/connectors/aws/check.ts';
import { actionOf, type FakeAnswer, fakeAws, refusal, SESSION, type SentRequest } from './fake-aws.ts';

const NOT_YET = new AbortController().signal;
const [ONE, TWO, MANAGEMENT] = ['111111111111', '222222222222', '100000000000'] as const;
const ORGANIZATION_ROLE = `arn:aws:iam::${MANAGEMENT}:role/SecurityV0Organization`;
const OPTIONS: AwsCheckOptions = {
  region: 'eu-west-1',
  spoke_role_name: 'SecurityV0ReadOnly',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
};

const WHO = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${ONE}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
const ORGANIZATION = JSON.stringify({ Organization: { Id: 'o-mediapro01', MasterAccountId: MANAGEMENT } });

type Answer = FakeAnswer | Error | undefined;
/** The ARN of the role that a request is to assume. */
const roleOf = ({ body }: SentRequest): string => new URLSearchParams(String(body)).get('RoleArn') ?? '';

/** An AWS that lets everybody in, but for what a test says. */
function check(
  reach: AwsCheckTarget['reach'],
  answer: (action: string, request: SentRequest) => Answer = () => undefined,
  { over = NOT_YET, ...options }: Partial<AwsCheckOptions> & { readonly over?: AbortSignal } = {},
) {
  const aws = fakeAws((request) => {
    const action = actionOf(request);
    const good = { AssumeRole: SESSION, GetCallerIdentity: WHO, DescribeOrganization: ORGANIZATION }[action];
    return answer(action, request) ?? { body: good ?? '' };
  });
  const target = { external_id: 'throughline-0123', session_name: 'throughline-check-request-1', reach };
  const outcome = checkAws({ ...OPTIONS, ...options, request_handler: aws.handler }, target, over);
  return { outcome, sent: aws.sent };
}

const accounts = (...account_ids: string[]) => ({ mode: 'accounts', account_ids }) as const;
const organization = (...known_accounts: string[]) => ({ mode: 'organization', known_accounts }) as const;
const many = (count: number) => Array.from({ length: count }, (_, index) => String(300_000_000_000 + index));

describe('checking named accounts', () => {
  it('enters each by its spoke role over the regional endpoint, and only asks who it is there', async () => {
    const { outcome, sent } = check(accounts(ONE, TWO));
    expect(await outcome).toEqual({
      status: 'connected',
      service_categories_available: AWS_CATEGORIES,
      findings: [ONE, TWO].map((target) => ({
        target,
        status: 'connected',
        message: 'the role SecurityV0ReadOnly can be entered',
      })),
    });
    expect(sent.map(actionOf).toSorted()).toEqual([
      'AssumeRole',
      'AssumeRole',
      'GetCallerIdentity',
      'GetCallerIdentity',
    ]);
    expect(new Set(sent.map(({ hostname }) => hostname))).toEqual(new Set(['sts.eu-west-1.amazonaws.com']));
    const [first] = sent;
    expect(Object.fromEntries(new URLSearchParams(String(first?.body)))).toMatchObject({
      RoleArn: `arn:aws:iam::${ONE}:role/SecurityV0ReadOnly`,
      ExternalId: 'throughline-0123',
      RoleSessionName: 'throughline-check-request-1',
    });
  });

  it('says of the account that refuses what its owner is to look at, and of no other', async () => {
    const { outcome } = check(accounts(ONE, TWO), (_, request) =>
      roleOf(request).includes(TWO) ? refusal('AccessDenied', 'not authorized to perform: sts:AssumeRole') : undefined,
    );
    const { status, service_categories_available, findings } = await outcome;
    expect(status).toBe('partly');
    expect(service_categories_available).toEqual(AWS_CATEGORIES);
    expect(findings.map(({ target, code }) => [target, code])).toEqual([
      [ONE, undefined],
      [TWO, 'assume_role_denied'],
    ]);
    expect(findings[1]?.responsible).toBe('AWS account owner');
    expect(findings[1]?.remedy).toContain(`account ${TWO}`);
    expect(findings[1]?.remedy).toContain('SecurityV0ReadOnly');
    expect(findings[1]?.remedy).not.toMatch(/\{\w+\}/);
  });

  it.each<[string, Answer, string]>([
    ['throttles', { status: 400, body: refusal('Throttling').body }, 'throttled'],
    ['is down', { status: 503, body: 'Service Unavailable' }, 'source_unreachable'],
    ['is not found', Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), 'source_unreachable'],
    ['hangs up', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'source_unreachable'],
    ['is too slow', Object.assign(new Error('slow'), { name: 'TimeoutError' }), 'timeout'],
    ['knows no such key', refusal('InvalidClientTokenId'), 'credentials_invalid'],
    ['talks nonsense', { body: '<html>' }, 'source_unreachable'],
    [
      'gives no credentials',
      { body: '<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>' },
      'source_unreachable',
    ],
  ])('tries no more than twice where STS %s, and says what it was', async (_, answer, code) => {
    const { outcome, sent } = check(accounts(ONE), (action) => (action === 'AssumeRole' ? answer : undefined));
    expect(await outcome).toMatchObject({
      status: 'refused',
      service_categories_available: [],
      findings: [{ target: ONE, status: 'refused', code }],
    });
    expect((await outcome).findings[0]?.remedy).not.toMatch(/\{\w+\}/);
    expect(sent.length).toBeLessThanOrEqual(2);
  });

  it('does not take a role for entered whose session does not work', async () => {
    const { outcome } = check(accounts(ONE), (action) =>
      action === 'GetCallerIdentity' ? refusal('InvalidClientTokenId') : undefined,
    );
    expect(await outcome).toMatchObject({ status: 'refused', findings: [{ code: 'credentials_invalid' }] });
  });

  it('lets a bug surface', async () => {
    const { outcome } = check(accounts(ONE), () => new TypeError('our bug'));
    await expect(outcome).rejects.toThrow('our bug');
  });

  it('tries fifty and counts the rest', async () => {
    const { outcome, sent } = check(accounts(...many(53)));
    const { status, findings } = await outcome;
    expect(sent).toHaveLength(100);
    expect([status, findings.length]).toEqual(['connected', 51]);
    expect(findings.at(-1)).toEqual({
      target: '3 further accounts',
      status: 'not_tried',
      message: 'a check tries 50 of 53 accounts; a scan looks at all of them',
    });
  });

  it('has eight accounts under way at most, and says which it did not come to in time', async () => {
    let under_way = 0;
    let most = 0;
    const slow = {
      metadata: { handlerProtocol: 'http/1.1' },
      async handle(_: unknown, { abortSignal }: { readonly abortSignal?: AbortSignal }) {
        under_way += 1;
        most = Math.max(most, under_way);
        try {
          await sleep(10_000, undefined, { ...(abortSignal && { signal: abortSignal }) });
        } finally {
          under_way -= 1;
        }
      },
      destroy() {},
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    };
    const target = { external_id: 'x', session_name: 'x', reach: accounts(...many(20)) };
    const from = performance.now();
    const outcome = await checkAws({ ...OPTIONS, request_handler: slow }, target, AbortSignal.timeout(100));
    expect(performance.now() - from).toBeLessThan(2_000);
    expect(most).toBe(8);
    expect(outcome.status).toBe('refused');
    expect(new Set(outcome.findings.map(({ status, code }) => `${status} ${code}`))).toEqual(
      new Set(['not_tried timeout']),
    );
    expect(outcome.findings).toHaveLength(20);
  });
});

describe('checking an organization', () => {
  const assumed = (sent: readonly SentRequest[]) =>
    sent.filter((request) => actionOf(request) === 'AssumeRole').map(roleOf);

  it('asks for it by the role that lists it, then enters the accounts that are known', async () => {
    const { outcome, sent } = check(organization(ONE, TWO), undefined, { organization_role_arn: ORGANIZATION_ROLE });
    const { status, findings } = await outcome;
    expect(status).toBe('connected');
    expect(findings.map(({ target }) => target)).toEqual(['organization', ONE, TWO]);
    expect(assumed(sent)[0]).toBe(ORGANIZATION_ROLE);
    expect(sent.filter((request) => actionOf(request) === 'DescribeOrganization')).toHaveLength(1);
  });

  it('asks for it by the hub’s own rights where there is no such role', async () => {
    const { outcome, sent } = check(organization(ONE));
    expect((await outcome).status).toBe('connected');
    expect(assumed(sent)).toEqual([`arn:aws:iam::${ONE}:role/SecurityV0ReadOnly`]);
  });

  it('says before the first scan that no account was tried, and lets one be scanned', async () => {
    const { status, service_categories_available, findings } = await check(organization()).outcome;
    expect([status, service_categories_available]).toEqual(['connected', AWS_CATEGORIES]);
    expect(findings[0]?.message).toContain('before the first scan');
  });

  it('leaves out the management account, where StackSets place no role, and says so', async () => {
    const { outcome, sent } = check(organization(MANAGEMENT, ONE));
    const { findings } = await outcome;
    expect(findings.map(({ target }) => target)).toEqual(['organization', ONE]);
    expect(findings[0]?.message).toContain(`management account ${MANAGEMENT} was not tried`);
    expect(assumed(sent).join()).not.toContain(MANAGEMENT);
  });

  it('tries ten of its accounts and counts the rest', async () => {
    const { findings, status } = await check(organization(...many(14))).outcome;
    expect([findings.length, status]).toEqual([12, 'connected']);
    expect(findings.at(-1)?.target).toBe('4 further accounts');
  });

  it.each<[string, (action: string, request: SentRequest) => Answer]>([
    ['its role', (_, request) => (roleOf(request) === ORGANIZATION_ROLE ? refusal('AccessDenied') : undefined)],
    [
      'the listing',
      (action) =>
        action === 'DescribeOrganization'
          ? { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message: 'no' }) }
          : undefined,
    ],
    [
      'that there is one',
      (action) =>
        action === 'DescribeOrganization'
          ? { status: 400, body: JSON.stringify({ __type: 'AWSOrganizationsNotInUseException', message: 'no' }) }
          : undefined,
    ],
  ])('is connected in part where %s is denied, with a remedy for the organization', async (_, answer) => {
    const { outcome } = check(organization(ONE), answer, { organization_role_arn: ORGANIZATION_ROLE });
    const { status, findings, service_categories_available } = await outcome;
    expect([status, service_categories_available]).toEqual(['partly', AWS_CATEGORIES]);
    expect(findings[0]).toMatchObject({ target: 'organization', code: 'organization_access_denied' });
    expect(findings[0]?.responsible).toBe('AWS organization administrator');
    expect(findings[0]?.remedy).not.toMatch(/\{\w+\}/);
  });

  it('offers nothing to scan where it can be listed and no account entered', async () => {
    const { outcome } = check(
      organization(ONE, TWO),
      (_, request) => (/role\/SecurityV0ReadOnly$/.test(roleOf(request)) ? refusal('AccessDenied') : undefined),
      { organization_role_arn: ORGANIZATION_ROLE },
    );
    expect(await outcome).toMatchObject({ status: 'partly', service_categories_available: [] });
  });
});
