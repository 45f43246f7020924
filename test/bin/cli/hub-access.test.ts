import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubAccess } from '../../../bin/cli/hub-access.ts';
import { announceLocalHub, readLocalHub } from '../../../bin/cli/local-hub.ts';
import { type Oidc, startOidc } from '../../../tools/local/oidc.ts';
import { listen } from '../../../tools/local/ports.ts';

const HUB = {
  url: 'https://127.0.0.1:1/stage',
  token_url: 'http://127.0.0.1:2/token',
  client_id: 'local-operator',
  client_secret: 's3cret',
  ca_file: 'ca.pem',
};

/** Of no process: above the highest that a system gives out. */
const NOBODY = 2 ** 22 + 1;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hub-'));
  file = path.join(folder, '.local/hub.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('.local/hub.json', () => {
  it('says how to get in for as long as the hub runs, and only to its user', () => {
    const takeBack = announceLocalHub(HUB, file);
    expect(readLocalHub(file)).toEqual({ pid: process.pid, ...HUB });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    takeBack();
    expect(readLocalHub(file)).toBeUndefined();
  });

  it('is not believed once the process that wrote it is dead', () => {
    announceLocalHub(HUB, file)();
    writeFileSync(file, JSON.stringify({ pid: NOBODY, ...HUB }));
    expect(readLocalHub(file)).toBeUndefined();
  });

  it('that another hub has written is left to it', () => {
    const takeBack = announceLocalHub(HUB, file);
    writeFileSync(file, JSON.stringify({ pid: process.ppid, ...HUB }));
    takeBack();
    expect(readLocalHub(file)?.pid).toBe(process.ppid);
  });

  it('that is not ours is no hub', () => {
    announceLocalHub(HUB, file)();
    writeFileSync(file, '{"pid": 1}');
    expect(readLocalHub(file)).toBeUndefined();
  });
});

describe('which hub is meant', () => {
  it('the one that the environment names, also while a local one runs', async () => {
    const env = { THROUGHLINE_API_URL: 'https://hub.example', THROUGHLINE_TOKEN: 't' };
    const access = hubAccess(env, { local: { pid: process.pid, ...HUB } });
    expect(access.url).toBe('https://hub.example');
    await expect(access.token()).resolves.toBe('t');
  });

  it('where none is named and none runs, it is said how to get one', () => {
    expect(() => hubAccess({}, {})).toThrow(/THROUGHLINE_API_URL.*npm run local/);
  });

  it('a token without a URL is not sent to whatever runs here', () => {
    const local = { pid: process.pid, ...HUB };
    expect(() => hubAccess({ THROUGHLINE_TOKEN: 't' }, { local })).toThrow(/which hub\? THROUGHLINE_TOKEN is set/);
  });

  it('what is no URL is refused before anything is sent', () => {
    expect(() => hubAccess({ THROUGHLINE_API_URL: 'hub.example', THROUGHLINE_TOKEN: 't' })).toThrow(/no URL/);
  });

  it('a URL without a token names the variables that say who is asking', () => {
    expect(() => hubAccess({ THROUGHLINE_API_URL: 'https://hub.example' })).toThrow(/THROUGHLINE_CLIENT_ID/);
  });
});

describe('tokens of a local hub', () => {
  let oidc: Oidc;
  let other: Server;

  beforeEach(async () => {
    oidc = await startOidc();
    other = createServer((_, response) => response.end('<html>'));
    writeFileSync(path.join(folder, 'ca.pem'), '');
  });

  afterEach(async () => {
    await oidc.stop();
    other.close();
  });

  const local = (token_url: string) => ({
    local: { pid: process.pid, ...HUB, token_url, ca_file: path.join(folder, 'ca.pem') },
  });

  it('come from its issuer', async () => {
    oidc.register({ client_id: HUB.client_id, client_secret: HUB.client_secret, claims: { org_id: 'acme' } });
    await expect(hubAccess({}, local(`${oidc.issuer}/token`)).token()).resolves.toMatch(/^ey/);
  });

  it('that do not come are explained', async () => {
    await expect(hubAccess({}, local('http://127.0.0.1:9/token')).token()).rejects.toThrow(/no token from http/);
    const page = `http://127.0.0.1:${await listen(other)}/`;
    await expect(hubAccess({}, local(page)).token()).rejects.toThrow(/Is this the token endpoint/);
  });
});
