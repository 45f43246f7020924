import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { expectations } from '../../labs/mediapro/expectations.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { connect, ensureIndexes } from '../../src/store/database.ts';
import { measuredScan } from '../../tools/bench/measured-scan.ts';
import { type ScanStage, setScanStage } from '../../tools/bench/scan-stage.ts';
import { withDatabase } from '../../tools/local/mongo.ts';

const SCAN = path.resolve(import.meta.dirname, '../../bin/scan.ts');

/** The categories of the estate's paths: that more are added changes nothing here. */
const CATEGORIES = ['--service-categories', 'aws_iam,aws_lambda,aws_dynamodb_sns'];
const SOUND = ['--service-categories', 'aws_iam'];

let stage: ScanStage;
let folder: string;
let databases = 0;

beforeAll(async () => {
  stage = await setScanStage();
  folder = mkdtempSync(path.join(tmpdir(), 'scan-'));
});
afterEach(() => {
  stage.aws.faults.clear();
});
afterAll(async () => {
  await stage?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as somebody would, with nothing on a terminal; `interrupt` presses Ctrl-C once stderr has told so much. */
async function scan(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  interrupt?: string,
  presses = 1,
): Promise<Ended> {
  const child = spawn(process.execPath, [SCAN, ...args], {
    env: { PATH: process.env.PATH, HOME: folder, ...stage.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  let pressed = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (interrupt === undefined || pressed || !told.includes(interrupt)) return;
    pressed = true;
    child.kill('SIGINT');
    if (presses > 1) setTimeout(() => child.kill('SIGINT'), 1_000);
    // As a terminal and npm do: the same press once more.
    child.kill('SIGINT');
  });
  const [stdout, code] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout: stdout.join(''), stderr: told };
}

const Outcome = z.object({
  run: z.object({
    seq: z.number(),
    status: z.string(),
    errors: z.array(
      z.object({ code: z.string(), account_id: z.string(), service_category: z.string(), remedy: z.string() }),
    ),
    totals: z.object({ added: z.number(), changed: z.number(), removed: z.number() }).optional(),
  }),
  cells: z.array(z.object({ key: z.string(), status: z.string() })),
  paths: z.array(
    z.object({
      workload: z.object({ source_record_id: z.string() }),
      hops: z.array(z.object({ to: z.object({ source_record_id: z.string() }) })),
      crosses_account_boundary: z.boolean(),
    }),
  ),
  data: z.object({ where: z.string() }),
});
const outcomeOf = ({ stdout }: Ended) => Outcome.parse(JSON.parse(stdout));

/** A database of its own behind the proxy. */
function aDatabase(): string {
  databases += 1;
  return withDatabase(stage.proxy.uri, `scan-${databases}`);
}

const Line = z.object({
  kind: z.string(),
  entity_type: z.string().optional(),
  source_record_id: z.string().optional(),
});
const exported = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)));

describe('a scan of an organization without a hub', () => {
  it('finds the paths of the estate and no others; a second one writes nothing', async () => {
    const { placement } = stage.organization;
    const accounts = Object.values(placement.accounts);
    const env = { AWS_ORGANIZATION_ROLE_ARN: stage.organization_role_arn, MONGODB_URI: aDatabase() };
    const args = ['--organization', '--accounts', accounts.join(), ...CATEGORIES, '--json'];
    const first = outcomeOf(await scan(args, env));
    const found = first.paths.map(({ workload, hops, crosses_account_boundary }) => ({
      through: [workload.source_record_id, ...hops.map(({ to }) => to.source_record_id)],
      crosses_account_boundary,
    }));
    const expected = expectations(placement).paths.map(({ through, crosses_account_boundary }) => ({
      through: [...through],
      crosses_account_boundary,
    }));
    const by_path = (a: { through: string[] }, b: { through: string[] }) =>
      a.through.join() < b.through.join() ? -1 : 1;
    expect(found.sort(by_path)).toEqual(expected.sort(by_path));
    // The discovery, three accounts by three categories, and the retirement.
    expect(first.cells).toHaveLength(11);

    stage.proxy.resetWrites();
    const second = outcomeOf(await scan(args, env));
    expect(second.run.seq).toBe(first.run.seq + 1);
    expect(second.run.totals).toMatchObject({ added: 0, changed: 0, removed: 0 });
    const written = Object.keys(stage.proxy.writes());
    expect(written).toContain('cells');
    expect(
      written.filter((name) => ['entities', 'edges', 'stitched_paths', 'policy_documents'].includes(name)),
    ).toEqual([]);
    expect(second.paths).toEqual(first.paths);
  });

  it('tells what it was refused with the remedy, and ends with 3', async () => {
    const { data } = stage.organization.placement.accounts;
    const refused = { account: data, action: 'iam:GetAccountPasswordPolicy' };
    stage.aws.faults.inject({ when: refused, fault: 'refuse' });
    const { code, stdout, stderr } = await scan(['--accounts', data, ...SOUND], { MONGODB_URI: aDatabase() });
    expect(code).toBe(3);
    expect(stdout).toContain(`access_denied in aws_iam:${data}`);
    expect(stdout).toContain(`Allow iam:GetAccountPasswordPolicy in the policy of the spoke role in account ${data}`);
    expect(stderr).toContain(`${data}: 1/1 cells  not complete: aws_iam`);
  });

  it('says which account has no role for it, and looks at the others', async () => {
    const { data } = stage.organization.placement.accounts;
    const stranger = '999999999999';
    const outcome = outcomeOf(
      await scan(['--accounts', `${data},${stranger}`, ...SOUND, '--json'], { MONGODB_URI: aDatabase() }),
    );
    expect(outcome.run.status).toBe('partial');
    expect(outcome.run.errors.map(({ code, account_id }) => `${code} ${account_id}`)).toEqual([
      `assume_role_denied ${stranger}`,
    ]);
    expect(outcome.cells.find(({ key }) => key === `aws_iam:${data}`)?.status).toBe('succeeded');
  });
});

describe("a scan of the caller's own account", () => {
  it('enters no role, and sees what is seen through one', async () => {
    const { data } = stage.organization.placement.accounts;
    const [through_role, direct] = [path.join(folder, 'role.ndjson'), path.join(folder, 'direct.ndjson')];
    const args = [...CATEGORIES, '--json', '--out'];
    await scan(['--accounts', data, ...args, through_role], { MONGODB_URI: aDatabase() });
    stage.aws.faults.resetCalls();
    const own = { AWS_ACCESS_KEY_ID: data, AWS_SECRET_ACCESS_KEY: 'test', AWS_SESSION_TOKEN: '' };
    const ended = await scan([...args, direct], { ...own, MONGODB_URI: aDatabase() });
    expect(outcomeOf(ended).run.errors.map(({ code }) => code)).not.toContain('assume_role_denied');
    expect(stage.aws.faults.countCalls({ action: 'sts:AssumeRole' })).toBe(0);
    const seen = (file: string) =>
      exported(file)
        .filter(({ kind }) => kind === 'entity')
        .map(({ entity_type, source_record_id }) => `${entity_type} ${source_record_id}`)
        .toSorted();
    expect(seen(direct)).toEqual(seen(through_role));
    expect(seen(direct).length).toBeGreaterThan(20);
    expect(exported(direct).filter(({ kind }) => kind === 'path')).toHaveLength(1);
  });

  it('is refused where --direct is asked for another account', async () => {
    const { data } = stage.organization.placement.accounts;
    const { code, stderr } = await scan(['--direct', '--accounts', data]);
    expect(code).toBe(2);
    expect(stderr).toContain('not among --accounts');
  });
});

describe('what a scan of every category asks for', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is asked once: no call is made twice with the same parameters', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', stage.aws.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_S3_CONTROL', stage.env.AWS_ENDPOINT_URL_S3_CONTROL);
    const { client, db } = await connect(aDatabase());
    try {
      await ensureIndexes(db, COLLECTIONS);
      const { finished, calls } = await measuredScan(stage, db);
      expect(finished.given_up).toEqual([]);
      expect(calls.rows().length).toBeGreaterThan(50);
      expect(calls.repeated()).toEqual([]);
    } finally {
      await client.close();
    }
  });
});

describe('a scan that cannot begin', () => {
  it('makes no call at all with --read-only-check, and needs no credentials', async () => {
    stage.aws.faults.resetCalls();
    const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' };
    const { code, stdout } = await scan(['--read-only-check'], nobody);
    expect(code).toBe(0);
    expect(stdout).toContain('iam:GetAccountAuthorizationDetails');
    expect(stage.aws.faults.calls()).toEqual([]);
  });

  it.each([
    ['an unknown profile', ['--profile', 'nobody'], {}, 1, 'profile nobody were not found'],
    ['no region', [], { AWS_REGION: '', AWS_DEFAULT_REGION: '' }, 2, 'which region?'],
    [
      'no credentials',
      [],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' },
      1,
      'were not found',
    ],
    ['a database that is not there', [], { MONGODB_URI: 'mongodb://127.0.0.1:1/x' }, 2, 'no database answers'],
    ['a database that is none', [], { MONGODB_URI: 'postgres://127.0.0.1' }, 2, 'not a MongoDB connection string'],
  ])('%s', async (_, args, env, expected, said) => {
    const { code, stderr } = await scan([...args, ...SOUND], env);
    expect(stderr).toContain(said);
    expect(code).toBe(expected);
  });

  it('says so as JSON', async () => {
    const { code, stderr } = await scan(['--json', '--profile', 'nobody']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'credentials_invalid', remedy: expect.any(String) } });
  });
});

describe('Ctrl-C', () => {
  it('ends the run, keeps what it has written, and says so', async () => {
    const { data } = stage.organization.placement.accounts;
    stage.aws.faults.inject({
      when: { account: data, action: 'iam:ListOpenIDConnectProviders' },
      fault: { delay_ms: 5_000 },
    });
    const uri = aDatabase();
    const ended = await scan(['--accounts', data, ...SOUND, '--json'], { MONGODB_URI: uri }, 'what is gone');
    expect(ended.stderr).toContain('Again ends at once');
    expect(ended.code).toBe(130);
    expect(outcomeOf(ended).run.status).toBe('cancelled');
  });

  it('pressed again ends at once, whatever is under way', async () => {
    const { data } = stage.organization.placement.accounts;
    const slow = { account: data, action: 'iam:ListOpenIDConnectProviders' };
    stage.aws.faults.inject({ when: slow, fault: { delay_ms: 20_000 } });
    const args = ['--accounts', data, ...SOUND, '--json'];
    const { code, stdout } = await scan(args, { MONGODB_URI: aDatabase() }, 'what is gone', 2);
    expect(code).toBe(130);
    expect(stdout).toBe('');
  });

  it('leaves a local database up until then with --keep', async () => {
    const { data } = stage.organization.placement.accounts;
    const from_here = (uri: string) => MongoClient.connect(uri, { directConnection: true });
    const child = spawn(process.execPath, [SCAN, '--accounts', data, ...SOUND, '--keep', '--json'], {
      env: { PATH: process.env.PATH, HOME: folder, ...stage.env, MONGODB_URI: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    let stderr = '';
    const kept = new Promise<string>((resolve) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
        const [, uri] = /kept up at (\S+)/.exec(stderr) ?? [];
        if (uri) resolve(uri);
      });
    });
    child.stdout.resume();
    const client = await from_here(await kept);
    expect(await client.db().collection('entities').countDocuments({ tenant_id: 'local' })).toBeGreaterThan(10);
    await client.close();
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });
});
