import { generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckOutcome } from '../../src/connectors/check.ts';
import { checkEntra } from '../../src/connectors/entra/check.ts';
import { checkFoundry } from '../../src/connectors/foundry/check.ts';
import { checkServiceNow } from '../../src/connectors/servicenow/check.ts';
import type { SourceNetwork } from '../../src/connectors/source-request.ts';
import { aCertificate } from './a-certificate.ts';
import { ASource, type Asked, NOT_YET, type Said, sourceDeps } from './a-source.ts';

const DIRECTORY = '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411';
const CLIENT = '7c21e0d4-58b3-4f6e-8a19-d34b6f0c9e02';
const SUBSCRIPTION = '291bba3f-e0a5-47bc-a099-3bdcb2a50a05';
const HOST = 'nimbus.service-now.com';
const SECRET = 'p4ss~Of.the/Application+';
const TOKEN = 'eyJ0b2tlbi.of-the.application';

const source = new ASource();
beforeAll(() => source.start());
afterAll(() => source.stop());
beforeEach(() => source.asked.splice(0));

const isSignIn = ({ path }: Asked): boolean => path.endsWith('/token') || path === '/oauth_token.do';

/** Everything that was received, said back in every place where an answer has room for it. */
function echo(asked: Asked, status: number): Said {
  const all = JSON.stringify([asked.form, asked.authorization]);
  return {
    status,
    headers: { 'www-authenticate': all, location: `https://elsewhere.example/?${encodeURIComponent(all)}` },
    body: { error: all, error_description: all, error_codes: [all], message: all },
  };
}

interface Kind {
  readonly kind: string;
  readonly check: (network: SourceNetwork, secret?: unknown, over?: AbortSignal) => Promise<CheckOutcome>;
  readonly good: Said;
  readonly target: string;
  readonly responsible: string;
}

const application = { client_id: CLIENT, client_secret: SECRET };
const KINDS: readonly Kind[] = [
  {
    kind: 'entra',
    check: (network, secret = application, over = NOT_YET) =>
      checkEntra(sourceDeps(network, secret), { entra_tenant_id: DIRECTORY }, over),
    good: { body: { value: [{ id: DIRECTORY }] } },
    target: `entra tenant ${DIRECTORY}`,
    responsible: 'Entra tenant admin',
  },
  {
    kind: 'servicenow',
    check: (network, secret = application, over = NOT_YET) =>
      checkServiceNow(sourceDeps(network, secret), { host: HOST }, over),
    good: { body: { result: [{ sys_id: '1' }] } },
    target: HOST,
    responsible: 'ServiceNow connection owner',
  },
  {
    kind: 'foundry',
    check: (network, secret = application, over = NOT_YET) =>
      checkFoundry(sourceDeps(network, secret), { entra_tenant_id: DIRECTORY, subscription_ids: [SUBSCRIPTION] }, over),
    good: { body: { subscriptionId: SUBSCRIPTION } },
    target: SUBSCRIPTION,
    responsible: 'Source owner',
  },
];

const signedIn = { body: { access_token: TOKEN, token_type: 'Bearer' } };
const reads = (said: Said) => (asked: Asked) => (isSignIn(asked) ? signedIn : said);

/** Neither the secret nor the token, in none of the forms in which they travel. */
function expectNoSecret(outcome: unknown): void {
  const text = `${JSON.stringify(outcome)} ${String(outcome)}`;
  const encoded = Buffer.from(`ada:${SECRET}`).toString('base64');
  for (const form of [SECRET, encodeURIComponent(SECRET), encoded, TOKEN]) expect(text).not.toContain(form);
}

describe.each(KINDS)('checking $kind', ({ check, good, target, responsible }) => {
  it('says that the connection works, what follows, and that nothing can be scanned yet', async () => {
    source.answers = reads(good);
    const outcome = await check(source.network());
    expect(outcome).toEqual({
      status: 'connected',
      service_categories_available: [],
      findings: [{ target, status: 'connected', message: expect.stringContaining('connector') }],
    });
    expect(source.asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(source.asked[0]?.form).toMatchObject({ grant_type: 'client_credentials', ...application });
    expect(source.asked[1]?.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it.each([
    [401, 'credentials_invalid'],
    [403, 'access_denied'],
    [429, 'throttled'],
    [500, 'source_unreachable'],
    [503, 'source_unreachable'],
    [302, 'source_unreachable'],
    [418, 'source_unreachable'],
  ])('makes of a read that is answered with %i %s, and repeats nothing of what it sent', async (status, code) => {
    source.answers = (asked) => (isSignIn(asked) ? signedIn : echo(asked, status));
    const outcome = await check(source.network());
    expect(outcome).toMatchObject({ status: 'refused', findings: [{ target, status: 'refused', code }] });
    expect(outcome.findings[0]?.remedy).not.toMatch(/\{\w+\}|spoke|AWS/);
    if (code !== 'source_unreachable' && code !== 'credentials_invalid') {
      expect(outcome.findings[0]?.responsible).toBe(responsible);
    }
    expectNoSecret(outcome);
  });

  it.each([
    [400, 'credentials_invalid'],
    [401, 'credentials_invalid'],
    [403, 'credentials_invalid'],
    [404, 'source_unreachable'],
    [429, 'throttled'],
    [500, 'source_unreachable'],
    [307, 'source_unreachable'],
  ])('makes of a sign-in that is answered with %i %s, and reads nothing', async (status, code) => {
    source.answers = (asked) => echo(asked, status);
    const outcome = await check(source.network());
    expect(outcome).toMatchObject({ status: 'refused', findings: [{ status: 'refused', code }] });
    expect(source.asked).toHaveLength(1);
    expectNoSecret(outcome);
  });

  it.each<[string, Said]>([
    ['no JSON', { body: '<html>Sign in</html>' }],
    ['an empty body', { body: '' }],
    ['other JSON', { body: [] }],
  ])('is not misled by a good status with %s', async (_, said) => {
    source.answers = reads(said);
    expect(await check(source.network())).toMatchObject({ findings: [{ code: 'source_unreachable' }] });
    source.answers = () => said;
    expect(await check(source.network())).toMatchObject({ findings: [{ code: 'source_unreachable' }] });
  });

  it('reads no more of an answer than a good one has', async () => {
    const padding = 'x'.repeat(64 * 1024);
    source.answers = reads({ body: { ...Object(good.body), padding } });
    expect(await check(source.network())).toMatchObject({ findings: [{ code: 'source_unreachable' }] });
    source.answers = (asked) => (isSignIn(asked) ? { body: { ...signedIn.body, padding } } : good);
    expect(await check(source.network())).toMatchObject({ findings: [{ code: 'source_unreachable' }] });
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect (%i), not even to a good answer', async (status) => {
    const elsewhere = { status, headers: { location: '/elsewhere' } };
    for (const atSignIn of [true, false]) {
      source.answers = (asked) => {
        if (asked.path === '/elsewhere') return { body: { ...Object(good.body), ...signedIn.body } };
        if (isSignIn(asked)) return atSignIn ? elsewhere : signedIn;
        return elsewhere;
      };
      const outcome = await check(source.network());
      expect(outcome).toMatchObject({ status: 'refused', findings: [{ code: 'source_unreachable' }] });
      expect(outcome.findings[0]?.message).toContain(`a redirect (${status})`);
    }
    expect(source.asked.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  it('takes no token that would not fit into a header', async () => {
    source.answers = () => ({ body: { access_token: `${TOKEN}\r\nx-more: 1` } });
    const outcome = await check(source.network());
    expect(outcome).toMatchObject({ findings: [{ code: 'source_unreachable' }] });
    expectNoSecret(outcome);
  });

  it.each<[string, unknown]>([
    ['is no JSON', SECRET],
    ['is a JSON text', JSON.stringify(SECRET)],
    ['lacks what is needed', { client_id: CLIENT, secret: SECRET }],
    ['has the secret where a name should be', { [SECRET]: '' }],
    ['is a list', [SECRET]],
  ])('says of a secret that %s what it must hold, and not what it holds', async (_, secret) => {
    const outcome = await check(source.network(), secret);
    expect(outcome).toMatchObject({ status: 'refused', findings: [{ code: 'credentials_invalid' }] });
    expect(outcome.findings[0]?.message).toContain('"client_secret"');
    expect(outcome.findings[0]?.remedy).toContain('throughline/enterprise-nimbus/source');
    expect(source.asked).toEqual([]);
    expectNoSecret(outcome);
  });

  it('names the host that has no address, no listener, no TLS, or a private address', async () => {
    const gone = new ASource();
    await gone.start();
    gone.stop();
    const nowhere = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const networks: readonly [SourceNetwork, string][] = [
      [source.network({ addressesOf: () => Promise.reject(nowhere) }), 'ENOTFOUND'],
      [source.network({ addressesOf: async () => [] }), 'no address'],
      [source.network({ addressesOf: async () => ['20.190.128.1', '169.254.169.254'] }), 'private address'],
      [gone.network(), 'ECONNREFUSED'],
      [source.withTls(), 'ERR_SSL'],
    ];
    for (const [network, said] of networks) {
      const outcome = await check(network);
      expect(outcome).toMatchObject({ status: 'refused', findings: [{ code: 'source_unreachable' }] });
      expect(outcome.findings[0]?.message).toContain(said);
      expect(outcome.findings[0]?.message).toMatch(/^(login\.microsoftonline\.com|nimbus\.service-now\.com): /);
      expectNoSecret(outcome);
    }
    expect(source.asked).toEqual([]);
  });

  it('waits for nobody longer than it said', async () => {
    source.answers = () => () => undefined;
    const slow = await check(source.network({ request_time: 50 }));
    expect(slow).toMatchObject({ status: 'refused', findings: [{ status: 'refused', code: 'timeout' }] });
    const dns = source.network({ request_time: 50, addressesOf: () => new Promise(() => undefined) });
    expect(await check(dns)).toMatchObject({ findings: [{ status: 'refused', code: 'timeout' }] });
    // A body that drips is no faster than none.
    source.answers = () => (response) => void response.writeHead(200).write('{');
    expect(await check(source.network({ request_time: 50 }))).toMatchObject({ findings: [{ code: 'timeout' }] });
  });

  it('says so when its own time is over, before and while it asks', async () => {
    source.answers = () => () => undefined;
    const outcomes = [
      await check(source.network(), undefined, AbortSignal.abort()),
      await check(source.network(), undefined, AbortSignal.timeout(50)),
    ];
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'refused', findings: [{ status: 'not_tried', code: 'timeout' }] });
    }
  });

  it('lets a bug of ours surface, without what was to be sent', async () => {
    const buggy = source.network({ fetch: async (_, init) => Promise.reject(new TypeError(JSON.stringify(init))) });
    const thrown = await check(buggy).catch((error: unknown) => error);
    expect(String(thrown)).toContain('could not be made');
    expectNoSecret(thrown);
    expect((thrown as Error).cause).toBeUndefined();
  });
});

describe('signing in to Microsoft', () => {
  const entra = (secret: unknown, cloud?: 'china' | 'us_government') =>
    checkEntra(sourceDeps(source.network(), secret), { entra_tenant_id: DIRECTORY, cloud }, NOT_YET);

  it('asks the hosts of the configured cloud', async () => {
    source.answers = reads({ body: { value: [{ id: DIRECTORY.toUpperCase() }] } });
    expect((await entra(application)).status).toBe('connected');
    await entra(application, 'us_government');
    await entra(application, 'china');
    expect(source.asked.map(({ host, path }) => [host, path])).toEqual([
      ['login.microsoftonline.com', `/${DIRECTORY}/oauth2/v2.0/token`],
      ['graph.microsoft.com', '/v1.0/organization?$select=id'],
      ['login.microsoftonline.us', `/${DIRECTORY}/oauth2/v2.0/token`],
      ['graph.microsoft.us', '/v1.0/organization?$select=id'],
      ['login.partner.microsoftonline.cn', `/${DIRECTORY}/oauth2/v2.0/token`],
      ['microsoftgraph.chinacloudapi.cn', '/v1.0/organization?$select=id'],
    ]);
    expect(source.asked[0]?.form.scope).toBe('https://graph.microsoft.com/.default');
  });

  it('proves itself by a certificate with a signed assertion, and never sends the key', async () => {
    const { certificate, private_key, public_key, thumbprint } = aCertificate();
    source.answers = reads({ body: { value: [{ id: DIRECTORY }] } });
    const outcome = await entra({ client_id: CLIENT, certificate, private_key });
    expect(outcome.status).toBe('connected');
    const { client_assertion = '', client_assertion_type, client_secret } = source.asked[0]?.form ?? {};
    expect(client_secret).toBeUndefined();
    expect(client_assertion_type).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    expect(decodeProtectedHeader(client_assertion)).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint });
    const { payload } = await jwtVerify(client_assertion, public_key, {
      audience: `https://login.microsoftonline.com/${DIRECTORY}/oauth2/v2.0/token`,
      currentDate: new Date('2026-11-21T12:04:00.000Z'),
    });
    expect(payload).toMatchObject({ iss: CLIENT, sub: CLIENT, jti: expect.any(String) });
  });

  it('says of a key that it cannot use that it cannot use it', async () => {
    const { certificate } = aCertificate();
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const wrong = elliptic.privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const private_key of [wrong, SECRET, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----']) {
      const outcome = await entra({ client_id: CLIENT, certificate, private_key });
      expect(outcome).toMatchObject({ findings: [{ code: 'credentials_invalid' }] });
      expect(JSON.stringify(outcome)).not.toContain(String(private_key).slice(0, 40));
    }
    expect(source.asked).toEqual([]);
  });

  it('says why, where Microsoft’s own code tells', async () => {
    source.answers = () => ({ status: 401, body: { error: 'invalid_client', error_codes: [7000222, 12345] } });
    const { findings } = await entra(application);
    expect(findings[0]?.message).toContain('the client secret has expired; AADSTS12345');
  });

  it('is not content with the organization of another tenant', async () => {
    source.answers = reads({ body: { value: [{ id: CLIENT }] } });
    expect(await entra(application)).toMatchObject({ status: 'refused', findings: [{ code: 'credentials_invalid' }] });
  });

  it('names the permission that reading the organization takes', async () => {
    source.answers = reads({ status: 403, body: { error: { code: 'Authorization_RequestDenied' } } });
    const { findings } = await entra(application);
    expect(findings[0]?.remedy).toContain('Organization.Read.All');
  });
});

describe('checking a ServiceNow instance', () => {
  const check = (secret: unknown) => checkServiceNow(sourceDeps(source.network(), secret), { host: HOST }, NOT_YET);

  it('by user name and password asks once', async () => {
    source.answers = () => ({ body: { result: [{ sys_id: '1' }] } });
    expect((await check({ username: 'ada', password: SECRET })).status).toBe('connected');
    expect(source.asked).toMatchObject([
      { host: HOST, path: '/api/now/table/sys_user?sysparm_limit=1&sysparm_fields=sys_id' },
    ]);
    expect(source.asked[0]?.authorization).toBe(`Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`);
  });

  it('repeats no password that an instance says back', async () => {
    source.answers = (asked) => echo(asked, 401);
    const outcome = await check({ username: 'ada', password: SECRET });
    expect(outcome).toMatchObject({ findings: [{ code: 'credentials_invalid' }] });
    expectNoSecret(outcome);
  });

  it('takes a table without a row for what it is: hidden', async () => {
    source.answers = () => ({ body: { result: [] } });
    const { status, findings } = await check({ username: 'ada', password: SECRET });
    expect([status, findings[0]?.code]).toEqual(['refused', 'access_denied']);
    expect(findings[0]?.remedy).toContain('sys_user');
  });
});

describe('checking subscriptions of Azure', () => {
  const subscriptions = (count: number) =>
    Array.from({ length: count }, (_, index) => `${String(index).padStart(8, '0')}-e0a5-47bc-a099-3bdcb2a50a05`);
  const check = (subscription_ids: readonly string[]) =>
    checkFoundry(sourceDeps(source.network(), application), { entra_tenant_id: DIRECTORY, subscription_ids }, NOT_YET);

  it('signs in once, tells them apart, and says who gives the missing role', async () => {
    const [first = '', second = '', third = ''] = subscriptions(3);
    source.answers = (asked) => {
      if (isSignIn(asked)) return signedIn;
      if (asked.path.includes(first)) return { body: { subscriptionId: first } };
      return { status: asked.path.includes(second) ? 403 : 404, body: { error: { code: 'x' } } };
    };
    const outcome = await check([first, second, third]);
    expect(outcome.status).toBe('partly');
    expect(outcome.findings.map(({ target, code }) => [target, code])).toEqual([
      [first, undefined],
      [second, 'access_denied'],
      [third, 'access_denied'],
    ]);
    expect(outcome.findings[1]?.remedy).toContain('Reader');
    expect(source.asked.filter(isSignIn)).toHaveLength(1);
  });

  it('tries fifty and counts the rest, without blaming it', async () => {
    source.answers = reads({ body: { subscriptionId: 'x' } });
    const outcome = await check(subscriptions(53));
    expect(source.asked).toHaveLength(51);
    expect(outcome.status).toBe('connected');
    expect(outcome.findings.at(-1)).toMatchObject({ target: '3 further subscriptions', status: 'not_tried' });
  });
});
