import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type CdkOptions, cdk } from '../../tools/local/cdk.ts';
import type { TokenClaims } from '../../tools/local/oidc.ts';
import { type Services, startServices } from '../../tools/local/services.ts';

const ACCOUNT = '111111111111';
const CLAIMS = { sub: 'somebody', org_id: 'org_1', workspaces: ['a', 'b'], permissions: ['runs:read', 'runs:write'] };
const Answer = z.object({ claims: z.record(z.string(), z.string()), node: z.string() });

let services: Services;
let deployed: Readonly<Record<string, string>>;

beforeAll(async () => {
  services = await startServices();
  await cdk(services, ['bootstrap', `aws://${ACCOUNT}/${services.aws.region}`], options({ app: '""' }));
  const { outputs } = await cdk(services, ['deploy', '--all'], options());
  deployed = outputs.Tiny ?? {};
});
afterAll(() => services?.stop());

describe('an app deployed by the CDK CLI', () => {
  test('answers somebody with a good token, on Node 24, and sees the claims as API Gateway flattens them', async () => {
    const response = await call(await services.oidc.token(CLAIMS));
    expect(response.status).toBe(200);
    const { claims, node } = Answer.parse(await response.json());
    expect(node).toMatch(/^v24\./);
    expect(claims).toMatchObject({ org_id: 'org_1', workspaces: '[a b]', permissions: '[runs:read runs:write]' });
  });

  test('answers a client that asked the issuer for its token', async () => {
    services.oidc.register({ client_id: 'lab', client_secret: 'lab-secret', claims: CLAIMS });
    const response = await askForToken('lab', 'lab-secret');
    const { access_token } = z.object({ access_token: z.string() }).parse(await response.json());
    expect((await call(access_token)).status).toBe(200);
    expect((await askForToken('lab', 'wrong')).status).toBe(401);
  });

  test.each([
    ['no token', async () => undefined],
    ['a token of another issuer', () => token({ iss: 'http://127.0.0.1:9' })],
    ['a token for another audience', () => token({ aud: 'something-else' })],
    ['a token that has expired', () => services.oidc.token(CLAIMS, { expires_in: -60 })],
    ['a token signed by a foreign key', () => services.oidc.token(CLAIMS, { key: 'foreign' })],
  ])('answers 401 to %s', async (_, make) => {
    expect((await call(await make())).status).toBe(401);
  });

  test('hands its messages on through the FIFO queue, and its own calls go through the fault proxy', async () => {
    const { faults } = services.aws;
    const role = `arn:aws:iam::${ACCOUNT}:role/${deployed.BackRole}`;
    const before = faults.countCalls({ role, action: 'sts:GetCallerIdentity' });
    faults.inject({ when: { role }, times: 1, fault: 'throttle' });
    await call(await services.oidc.token(CLAIMS));
    // The one that was throttled, and the one that the SDK tried then.
    await expect
      .poll(() => faults.countCalls({ role, action: 'sts:GetCallerIdentity' }), { timeout: 15_000 })
      .toBeGreaterThanOrEqual(before + 2);
    expect(faults.countCalls({ account: ACCOUNT, action: 'sqs:SendMessage' })).toBeGreaterThan(0);
  });

  test('shows the end of what the CLI printed when it fails', async () => {
    const app = `node --eval "throw new Error('an app that fails')"`;
    const failing = cdk(services, ['list'], options({ app }));
    await expect(failing).rejects.toThrow(/^cdk list failed with code 1:\n.*an app that fails/s);
  });

  test('is gone after destroy', async () => {
    await cdk(services, ['destroy', '--all', '--force'], options());
    expect((await call(await services.oidc.token(CLAIMS))).status).toBe(404);
  });
});

function options(overrides: Partial<CdkOptions> = {}): CdkOptions {
  const { issuer, audience } = services.oidc;
  const context = { account: ACCOUNT, issuer, audience };
  return { account: ACCOUNT, app: 'node test/local/tiny-app/app.ts', context, ...overrides };
}

const token = (claims: TokenClaims): Promise<string> => services.oidc.token({ ...CLAIMS, ...claims });

function call(bearer: string | undefined): Promise<Response> {
  const headers = bearer ? { authorization: `Bearer ${bearer}` } : {};
  return fetch(`${services.aws.apiUrl(deployed.ApiId ?? '')}/front`, { headers });
}

function askForToken(client_id: string, client_secret: string): Promise<Response> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  return fetch(`${services.oidc.issuer}/token`, { method: 'POST', body });
}
