import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Oidc, startOidc } from '../../../tools/local/oidc.ts';
import { listen } from '../../../tools/local/ports.ts';
import { anInstance } from './documents.ts';
import { type FakeHub, startFakeHub } from './fake-hub.ts';
import { type Outcome, runCli, runCliAtTerminal } from './run-cli.ts';

// Each test starts the CLI as a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const SECRET = 's3cret-of-the-lab';
const CLAIMS = { org_id: 'acme', workspaces: ['main'], permissions: ['runs:read', 'runs:write'] };

let oidc: Oidc;
let hub: FakeHub;
let folder: string;
let file: string;

beforeEach(async () => {
  oidc = await startOidc();
  oidc.register({ client_id: 'lab', client_secret: SECRET, claims: CLAIMS });
  hub = await startFakeHub({ any_token: true, instances: [anInstance()] });
  folder = mkdtempSync(path.join(tmpdir(), 'login-'));
  file = path.join(folder, 'throughline/login.json');
});

afterEach(async () => {
  await Promise.all([oidc.stop(), hub.stop()]);
  rmSync(folder, { recursive: true });
});

/** Without what `runCli` says of a hub. */
const nameless = (): NodeJS.ProcessEnv => ({
  THROUGHLINE_API_URL: undefined,
  THROUGHLINE_TOKEN: undefined,
  XDG_CONFIG_HOME: folder,
});

const cli = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  runCli(hub, args, { ...nameless(), ...env });

const loginArgs = (token_url = `${oidc.issuer}/token`): readonly string[] => [
  ...['login', '--api-url', hub.url, '--token-url', token_url, '--client-id', 'lab'],
];

const login = (secret = SECRET): Promise<Outcome> => cli(loginArgs(), { THROUGHLINE_CLIENT_SECRET: secret });

describe('login', () => {
  it('tries the client and the hub, keeps them for their owner alone, and tells no secret', async () => {
    const { code, stdout, stderr } = await login();
    expect(code).toBe(0);
    expect(stdout).toMatch(/tenant +acme\n +workspaces +main\n +permissions +runs:read, runs:write/);
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stdout + stderr).not.toContain('eyJ');
    expect(hub.asked).toEqual(['GET /api/v1/connector-instances?limit=1']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(readFileSync(file, 'utf8')).not.toContain('eyJ');
  });

  it('is what later commands go by, until logout', async () => {
    await login();
    expect((await cli(['instances', 'list'])).stdout).toContain('Our organization');
    expect(await cli(['logout'])).toMatchObject({ code: 0, stdout: '   forgotten\n' });
    expect(await cli(['instances', 'list'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/which hub\?.*login/),
    });
    expect(await cli(['logout', '--json'])).toMatchObject({ code: 0, stdout: '{\n  "forgotten": false\n}\n' });
  });

  it('takes the secret from a file', async () => {
    const secret_file = path.join(folder, 'secret');
    writeFileSync(secret_file, `${SECRET}\n`);
    expect((await cli([...loginArgs(), '--client-secret-file', secret_file])).code).toBe(0);
    const gone = await cli([...loginArgs(), '--client-secret-file', path.join(folder, 'gone')]);
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot read the client secret') });
  });

  it('asks for the secret at a terminal, and shows nothing of what is typed', async () => {
    const { code, screen } = await runCliAtTerminal(loginArgs(), nameless(), {
      after: 'client secret: ',
      type: `x\u007f${SECRET}\r`,
    });
    expect(screen).toContain('client secret: ');
    expect(screen).not.toContain(SECRET);
    expect(screen).toContain('acme');
    expect(code).toBe(0);
  });

  it('keeps nothing where the issuer refuses, and does not repeat the secret after it', async () => {
    const { code, stderr } = await login('wrong-and-secret');
    expect(code).toBe(2);
    expect(stderr).toContain('refused the client: 401');
    expect(stderr).not.toContain('wrong-and-secret');
    expect(() => statSync(file)).toThrow();
  });

  it('does not repeat the secret where the issuer does', async () => {
    const echo = createServer((request, response) => {
      void request.toArray().then((chunks) => response.writeHead(400).end(chunks.join('')));
    });
    const token_url = `http://127.0.0.1:${await listen(echo)}/token`;
    const { stderr } = await cli(loginArgs(token_url), { THROUGHLINE_CLIENT_SECRET: SECRET });
    echo.close();
    expect(stderr).toContain('client_id=lab');
    expect(stderr).not.toContain(SECRET);
  });

  it('keeps nothing where the hub refuses', async () => {
    await hub.stop();
    hub = await startFakeHub({});
    const { code, stderr } = await login();
    expect(code).toBe(1);
    expect(stderr).toContain('another issuer or audience');
    expect(() => statSync(file)).toThrow();
  });

  it('that others may read is not used', async () => {
    await login();
    const { chmodSync } = await import('node:fs');
    chmodSync(file, 0o644);
    expect(await cli(['whoami'])).toMatchObject({ code: 2, stderr: expect.stringContaining('chmod 600') });
  });

  it('that is broken is not guessed at', async () => {
    await login();
    writeFileSync(file, '{"api_url": 1}');
    expect(await cli(['whoami'])).toMatchObject({ code: 2, stderr: expect.stringContaining('run login again') });
  });
});

describe('whoami', () => {
  it('says hub, tenant, workspaces and permissions', async () => {
    await login();
    const { stdout } = await cli(['whoami', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      hub: hub.url,
      from: 'login',
      subject: 'lab',
      tenant_id: 'acme',
      workspaces: ['main'],
      permissions: ['runs:read', 'runs:write'],
      issuer: oidc.issuer,
      expires_at: expect.stringMatching(/^2/),
    });
  });

  it('goes by the environment first', async () => {
    await login();
    const env = { THROUGHLINE_API_URL: 'https://hub.example', THROUGHLINE_TOKEN: 'opaque' };
    const { stdout } = await cli(['whoami'], env);
    expect(stdout).toMatch(/hub +https:\/\/hub.example \(environment\)/);
    expect(stdout).toMatch(/tenant +not said by the token/);
  });

  it('shows no token that cannot be one', async () => {
    const env = { THROUGHLINE_API_URL: 'https://hub.example', THROUGHLINE_TOKEN: 'secret\ntoken' };
    const { code, stderr } = await cli(['whoami'], env);
    expect(code).toBe(2);
    expect(stderr).not.toContain('secret');
  });
});
