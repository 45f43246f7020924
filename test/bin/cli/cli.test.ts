import { afterEach, describe, expect, it, vi } from 'vitest';
import { aCell, anEndedRun, anInstance, aPath, aRun, aScope, aStitch, aWatchedRun, DENIED } from './documents.ts';
import { type FakeHub, type Known, startFakeHub } from './fake-hub.ts';
import { type Outcome, runCli } from './run-cli.ts';

// Each test starts the CLI as a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const hubs: FakeHub[] = [];

async function aHub(known: Known = {}): Promise<FakeHub> {
  const hub = await startFakeHub(known);
  hubs.push(hub);
  return hub;
}

/** One command at a hub of its own. */
const cli = async (known: Known, ...args: readonly string[]): Promise<Outcome> => runCli(await aHub(known), args);

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
});

describe('instances', () => {
  it('are created from a name and regions, of the organization', async () => {
    const hub = await aHub();
    const args = ['instances', 'create', '--name', 'Ours', '--region', 'eu-west-1', 'us-east-1'];
    expect(await runCli(hub, args)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/external id +throughline-/),
    });
    expect(hub.posted).toEqual([
      {
        connector_kind: 'aws',
        display_name: 'Ours',
        config: { mode: 'organization', regions: ['eu-west-1', 'us-east-1'] },
      },
    ]);
  });

  it('are created without regions, and show that all count which are enabled', async () => {
    const hub = await aHub();
    await runCli(hub, ['instances', 'create', '--name', 'Ours']);
    await runCli(hub, ['instances', 'create', '--name', 'Ours', '--all-regions']);
    const config = { mode: 'organization' } as const;
    const body = { connector_kind: 'aws', display_name: 'Ours', config };
    expect(hub.posted).toEqual([body, body]);
    const instances = [anInstance({ config })];
    expect((await cli({ instances }, 'instances', 'show', 'i-1')).stdout).toMatch(/regions +those enabled/);
    expect((await cli({ instances }, 'instances', 'list')).stdout).toMatch(/the organization +those enabled/);
  });

  it('are created of accounts, where accounts are named', async () => {
    const hub = await aHub();
    const accounts = ['--account', '222222222222', '--workspace', 'main'];
    await runCli(hub, ['instances', 'create', '--name', 'Two', '--region', 'eu-west-1', ...accounts]);
    expect(hub.posted).toMatchObject([
      { config: { mode: 'accounts', account_ids: ['222222222222'] }, workspace_id: 'main' },
    ]);
  });

  it('are listed and shown', async () => {
    const instances = [anInstance()];
    expect((await cli({ instances }, 'instances', 'list')).stdout).toMatch(/i-1 +Our organization +aws +active/);
    expect((await cli({ instances }, 'instances', 'show', 'i-1')).stdout).toMatch(/categories +aws_iam, aws_lambda/);
  });

  it.each([
    [
      ['--kind', 'entra', '--entra-tenant', 'g', '--cloud', 'china', '--credentials', 'throughline/acme/entra'],
      { config: { entra_tenant_id: 'g', cloud: 'china' }, credentials_ref: 'throughline/acme/entra' },
    ],
    [
      ['--kind', 'servicenow', '--url', 'https://x.service-now.com', '--credentials', 'c'],
      { config: { instance_url: 'https://x.service-now.com' }, credentials_ref: 'c' },
    ],
    [
      ['--kind', 'foundry', '--entra-tenant', 'g', '--subscription', 'a', 'b', '--credentials', 'c'],
      { config: { entra_tenant_id: 'g', subscription_ids: ['a', 'b'] }, credentials_ref: 'c' },
    ],
    [['--kind', 'push', '--source-system', 'servicenow:x'], { config: {}, source_system_ids: ['servicenow:x'] }],
  ])('are created of every kind: %j', async (args, body) => {
    const hub = await aHub();
    await runCli(hub, ['instances', 'create', '--name', 'n', ...args]);
    expect(hub.posted).toEqual([{ connector_kind: args[1], display_name: 'n', ...body }]);
  });

  it.each([
    [['update', 'i-1', '--name', 'New'], { display_name: 'New' }],
    [['update', 'i-1', '--region', 'us-east-1'], { config: { mode: 'organization', regions: ['us-east-1'] } }],
    [['update', 'i-1', '--all-regions'], { config: { mode: 'organization' } }],
    [
      ['update', 'i-1', '--account', '222222222222'],
      { config: { mode: 'accounts', account_ids: ['222222222222'], regions: ['eu-west-1'] } },
    ],
    [['disable', 'i-1'], { status: 'disabled' }],
    [['enable', 'i-1'], { status: 'active' }],
  ])('are changed in what is named: %j', async (args, body) => {
    const hub = await aHub({ instances: [anInstance()] });
    expect((await runCli(hub, ['instances', ...args])).code).toBe(0);
    expect(hub.posted).toEqual([body]);
  });

  it('that look at accounts may be made to look at the organization', async () => {
    const config = { mode: 'accounts', account_ids: ['222222222222'], regions: ['eu-west-1'] } as const;
    const hub = await aHub({
      instances: [
        anInstance({ config: { ...config, account_ids: [...config.account_ids], regions: [...config.regions] } }),
      ],
    });
    await runCli(hub, ['instances', 'update', 'i-1', '--organization']);
    expect(hub.posted).toEqual([{ config: { mode: 'organization', regions: ['eu-west-1'] } }]);
  });

  it('are deleted', async () => {
    const hub = await aHub({ instances: [anInstance()] });
    expect((await runCli(hub, ['instances', 'delete', 'i-1'])).stdout).toMatch(/status +deleted/);
    expect(hub.asked).toEqual(['DELETE /api/v1/connector-instances/i-1']);
  });

  it.each([
    ['connected', 0],
    ['partly', 3],
    ['refused', 1],
  ] as const)('that are checked and %s end with %i, and say what to do', async (status, code) => {
    const findings = [
      { target: '222222222222', status: 'refused', message: 'no entry', remedy: 'Let us in.', responsible: 'them' },
    ] as const;
    const check = { instance_id: 'i-1', status, checked_at: '', service_categories_available: [], findings };
    const outcome = await cli({ check }, 'instances', 'check', 'i-1');
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).toMatch(/✗ 222222222222: no entry\n +What to do: Let us in\.\n +Who: them/);
  });

  it('are filtered by the hub', async () => {
    const hub = await aHub({ instances: [anInstance()] });
    await runCli(hub, ['instances', 'list', '--kind', 'aws', '--status', 'deleted']);
    expect(hub.asked).toEqual(['GET /api/v1/connector-instances?limit=200&kind=aws&status=deleted']);
  });

  it('whose names would move the cursor do not', async () => {
    const instances = [anInstance({ display_name: 'a\u001b[2Jb' })];
    for (const args of [['list'], ['show', 'i-1']]) {
      expect((await cli({ instances }, 'instances', ...args)).stdout).not.toContain('\u001b');
    }
  });

  it('that are none yet are told, with what to do', async () => {
    expect((await cli({}, 'instances', 'list')).stdout).toContain('Connect one with: instances create');
  });
});

describe('scopes', () => {
  it('are created of every category that the instance knows, unless some are named', async () => {
    const hub = await aHub({ instances: [anInstance()] });
    expect((await runCli(hub, ['scopes', 'create', '--instance', 'i-1', '--every', '60'])).code).toBe(0);
    expect(hub.posted).toEqual([
      {
        instance_id: 'i-1',
        scope_keys: { account_ids: [], regions: [] },
        service_categories: ['aws_iam', 'aws_lambda'],
        schedule: { every_minutes: 60 },
      },
    ]);
  });

  it('are created with the times of a clock somewhere, and with a budget', async () => {
    const hub = await aHub({ instances: [anInstance()] });
    const when = [
      '--cron',
      '30 2 * * 1-5',
      '--timezone',
      'Europe/Berlin',
      '--max-calls',
      '1000',
      '--max-minutes',
      '30',
    ];
    await runCli(hub, ['scopes', 'create', '--instance', 'i-1', '--category', 'aws_iam', ...when]);
    expect(hub.posted).toMatchObject([
      {
        schedule: { cron: '30 2 * * 1-5', timezone: 'Europe/Berlin' },
        budget: { max_api_calls: 1_000, max_minutes: 30 },
      },
    ]);
  });

  it.each([
    [['update', 's-1', '--cron', '0 3 * * *'], { schedule: { cron: '0 3 * * *', timezone: 'UTC' } }],
    [['update', 's-1', '--no-schedule', '--no-budget'], { schedule: null, budget: null }],
    [['update', 's-1', '--max-minutes', '9'], { budget: { max_api_calls: 5, max_minutes: 9 } }],
    [['update', 's-1', '--all-accounts'], { scope_keys: { account_ids: [], regions: ['eu-west-1'] } }],
    [
      ['update', 's-1', '--region', 'us-east-1'],
      { scope_keys: { account_ids: ['222222222222'], regions: ['us-east-1'] } },
    ],
    [['disable', 's-1'], { enabled: false }],
    [['enable', 's-1'], { enabled: true }],
  ])('are changed in what is named: %j', async (args, body) => {
    const scope_keys = { account_ids: ['222222222222'], regions: ['eu-west-1'] };
    const hub = await aHub({ scopes: [aScope({ scope_keys, budget: { max_api_calls: 5 } })] });
    expect((await runCli(hub, ['scopes', ...args])).code).toBe(0);
    expect(hub.posted).toEqual([body]);
  });

  it('are deleted', async () => {
    expect((await cli({ scopes: [aScope()] }, 'scopes', 'delete', 's-1')).stdout).toMatch(/schedule +deleted/);
  });

  it('say why they were skipped last', async () => {
    const last_skipped = { at: '2026-11-21T10:00:00.000Z', reason: 'still_running', run_id: 'r-1' } as const;
    expect((await cli({ scopes: [aScope({ last_skipped })] }, 'scopes', 'show', 's-1')).stdout).toMatch(
      /last skipped +2026-11-21T10:00:00.000Z: still_running r-1/,
    );
  });

  it('are listed and shown', async () => {
    const scopes = [aScope({ schedule: { every_minutes: 60 } })];
    expect((await cli({ scopes }, 'scopes', 'list')).stdout).toMatch(/s-1 +i-1 +all +all +1 +every 60 minutes/);
    expect((await cli({ scopes }, 'scopes', 'show', 's-1')).stdout).toMatch(/accounts +all/);
    const hub = await aHub();
    await runCli(hub, ['scopes', 'list', '--instance', 'i-1']);
    expect(hub.asked).toEqual(['GET /api/v1/scan-scopes?limit=200&instance_id=i-1']);
  });
});

describe('runs', () => {
  it('are started, and not waited for unless that is asked for', async () => {
    const hub = await aHub({ scopes: [aScope()] });
    const { code, stdout } = await runCli(hub, ['runs', 'start', 's-1']);
    expect(code).toBe(0);
    expect(stdout).toContain('run #7 r-1 is queued. Watch it with: runs show r-1');
    expect(hub.asked).toEqual(['POST /api/v1/scan-runs']);
  });

  it('that succeed end with 0, with a plain line for each step on stderr', async () => {
    const looks = [aWatchedRun(0), aWatchedRun(1), anEndedRun('succeeded')];
    const { code, stdout, stderr } = await cli({ scopes: [aScope()], looks }, 'runs', 'start', 's-1', '--wait');
    expect(code).toBe(0);
    expect(stdout).toMatch(/status +succeeded/);
    expect(stderr).toMatch(/scanning: 0\/2 cells[\s\S]*scanning: 1\/2 cells[\s\S]*scanning: 2\/2 cells/);
    expect(stderr).toContain('paths follow with the next stitch');
  });

  it('that are partial end with 3, and say what is missing, what to do and who can', async () => {
    const looks = [anEndedRun('partial', [DENIED])];
    const { code, stdout } = await cli({ scopes: [aScope()], looks }, 'runs', 'start', 's-1', '--wait');
    expect(code).toBe(3);
    expect(stdout).toMatch(/incomplete +aws_lambda:222222222222 \(partial\)/);
    expect(stdout).toContain(`What to do: ${DENIED.remedy}`);
    expect(stdout).toContain('Who: AWS account owner');
  });

  it('that fail end with 1', async () => {
    const looks = [anEndedRun('failed')];
    expect((await cli({ scopes: [aScope()], looks }, 'runs', 'start', 's-1', '--wait')).code).toBe(1);
  });

  it('go on when nobody watches any more', async () => {
    const hub = await aHub({ scopes: [aScope()], looks: [aWatchedRun(1)] });
    const { code, stdout, stderr } = await runCli(hub, ['runs', 'start', 's-1', '--wait'], {}, { when: '1/2 cells' });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('the run goes on; see: runs show r-1');
  });

  it('that are partial are shown with 0: showing them was fine', async () => {
    const looks = [anEndedRun('partial', [DENIED])];
    expect((await cli({ looks }, 'runs', 'show', 'r-1')).code).toBe(0);
  });

  it('are cancelled; one that is over cannot be', async () => {
    const runs = [aRun({ status: 'running' }), aRun({ _id: 'r-2', status: 'succeeded' })];
    expect((await cli({ runs }, 'runs', 'cancel', 'r-1')).stdout).toContain('run #7 r-1 is cancelled');
    expect(await cli({ runs }, 'runs', 'cancel', 'r-2')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/409/),
    });
  });

  it('are filtered by the hub', async () => {
    const hub = await aHub({ runs: [aRun()] });
    const when = ['--since', '2026-11-20', '--until', '2026-11-21T10:00:00+01:00'];
    await runCli(hub, ['runs', 'list', '--instance', 'i-1', '--scope', 's-1', '--status', 'partial', ...when]);
    expect(hub.asked.map(decodeURIComponent)).toEqual([
      'GET /api/v1/scan-runs?limit=20&instance_id=i-1&scope_id=s-1&status=partial' +
        '&since=2026-11-20T00:00:00.000Z&until=2026-11-21T09:00:00.000Z',
    ]);
  });

  it('of the last hours are asked for by how long ago', async () => {
    const hub = await aHub();
    await runCli(hub, ['runs', 'list', '--since', '2h']);
    const since = new URL(hub.asked[0]?.replace('GET ', 'http://hub') ?? '').searchParams.get('since');
    expect(Date.now() - Date.parse(since ?? '')).toBeGreaterThan(2 * 3_600_000 - 1);
    expect(Date.now() - Date.parse(since ?? '')).toBeLessThan(2 * 3_600_000 + 30_000);
  });

  it('are listed, as many as were asked for', async () => {
    const hub = await aHub({ runs: [aRun({ _id: 'r-2', seq: 8 }), aRun()] });
    const { stdout } = await runCli(hub, ['runs', 'list', '--limit', '1']);
    expect(stdout).toContain('#8');
    expect(stdout).not.toContain('#7');
    expect(hub.asked).toEqual(['GET /api/v1/scan-runs?limit=1']);
  });
});

describe('cells', () => {
  const held = aCell({
    key: 'aws_s3:222222222222',
    category: 'aws_s3',
    status: 'partial',
    errors: [
      { code: 'removal_held', message: '30 of 40 are gone', remedy: 'Release it.', responsible: 'us', count: 1 },
    ],
  });

  it('are listed by status, with their errors', async () => {
    const cells = [aCell(), held];
    const { stdout } = await cli({ cells }, 'cells', 'list', 'r-1', '--status', 'partial');
    expect(stdout).toMatch(/222222222222 +aws_s3 +partial/);
    expect(stdout).not.toContain('aws_iam');
    expect(stdout).toContain('removal_held in aws_s3:222222222222: 30 of 40 are gone');
  });

  it('let go of what they hold back', async () => {
    const hub = await aHub({ cells: [held] });
    expect(await runCli(hub, ['cells', 'release', 'r-1', held.key])).toMatchObject({ code: 0 });
    expect(hub.asked).toEqual(['POST /api/v1/scan-runs/r-1/cells/aws_s3:222222222222/release']);
  });

  it('that hold nothing back have nothing to let go: the hub says so, and it ends with 1', async () => {
    const { code, stderr } = await cli({ cells: [aCell()] }, 'cells', 'release', 'r-1', 'aws_iam:222222222222');
    expect(code).toBe(1);
    expect(stderr).toMatch(/409[\s\S]*no removal is held[\s\S]*What to do:/);
  });
});

describe('paths', () => {
  it('are filtered by the hub', async () => {
    const paths = [aPath(), aPath({ _id: 'b'.repeat(64), crosses_account_boundary: false })];
    const { stdout } = await cli({ paths }, 'paths', 'list', '--cross-account', '--workload', 'arn:aws:tagger');
    expect(stdout).toContain('aaaaaaaaaaaa');
    expect(stdout).not.toContain('bbbbbbbbbbbb');
  });

  it('are shown with evidence, by the beginning of an id', async () => {
    const { code, stdout } = await cli({ paths: [aPath()] }, 'paths', 'show', 'aaaa');
    expect(code).toBe(0);
    expect(stdout).toContain('tagger -> customers');
    expect(stdout).toContain('"Action":"s3:GetObject"');
    expect(stdout).toContain('seen by iam:GetAccountAuthorizationDetails in run r-1');
  });

  it('of which two begin alike are not guessed at', async () => {
    const paths = [aPath(), aPath({ _id: `aa${'b'.repeat(62)}` })];
    expect(await cli({ paths }, 'paths', 'show', 'aa')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('2 paths have an id that begins with "aa"'),
    });
  });
});

describe('audit', () => {
  it('is listed, filtered by the hub', async () => {
    const event = {
      ...{ _id: 'e', tenant_id: 'acme', workspace_id: 'main', actor: 'ann', action: 'scan_run.started' },
      ...{ target: 'r-1', at: '2026-11-21T10:00:00.000Z', request_id: 'q' },
    };
    const hub = await aHub({ audit: [event] });
    const filter = ['--actor', 'ann', '--action', 'scan_run.started', '--target', 'r-1', '--limit', '5'];
    expect((await runCli(hub, ['audit', 'list', ...filter])).stdout).toMatch(/ann +scan_run\.started +r-1 +main/);
    expect(hub.asked).toEqual(['GET /api/v1/audit-events?limit=5&actor=ann&action=scan_run.started&target=r-1']);
  });
});

describe('stitches', () => {
  it('are listed with what they changed', async () => {
    expect((await cli({ stitches: [aStitch()] }, 'stitches', 'list')).stdout).toMatch(
      /stitched +10 +20 +1 +0 +0 +0 +250/,
    );
  });
});

describe('--json', () => {
  const known: Known = {
    instances: [anInstance()],
    scopes: [aScope()],
    runs: [aRun()],
    looks: [anEndedRun('partial', [DENIED])],
    cells: [aCell()],
    paths: [aPath()],
    stitches: [aStitch()],
  };

  it.each([
    ['instances list', known.instances],
    ['instances show i-1', anInstance()],
    ['scopes list', known.scopes],
    ['scopes show s-1', aScope()],
    ['runs start s-1', aRun()],
    ['runs list', known.runs],
    ['runs show r-1', known.looks?.[0]],
    ['cells list r-1', known.cells],
    ['paths list', known.paths],
    ['paths show aaaa', aPath()],
    ['stitches list', known.stitches],
  ])('of %s is what the hub answered, and nothing else on stdout', async (command, expected) => {
    const { code, stdout } = await cli(known, ...command.split(' '), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('may stand in front, and leaves progress and exit code as they are', async () => {
    const { code, stdout, stderr } = await cli(known, '--json', 'runs', 'start', 's-1', '--wait');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'partial', errors: [DENIED] });
    expect(stderr).toContain('scanning: 2/2 cells');
  });

  it('is a document also where there is nothing', async () => {
    expect((await cli({}, 'paths', 'list', '--json')).stdout).toBe('[]\n');
  });

  it('of more than a page is one list', async () => {
    const paths = Array.from({ length: 250 }, (_, n) => aPath({ _id: String(n).padStart(64, '0') }));
    expect(JSON.parse((await cli({ paths }, 'paths', 'list', '--json')).stdout)).toHaveLength(250);
  });
});
