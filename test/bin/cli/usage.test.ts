import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { anInstance, aScope } from './documents.ts';
import { type FakeHub, startFakeHub } from './fake-hub.ts';
import { runCli } from './run-cli.ts';

// Each test starts the CLI as a process of its own.
vi.setConfig({ testTimeout: 30_000 });

let hub: FakeHub;

beforeAll(async () => {
  hub = await startFakeHub({ scopes: [aScope()], instances: [anInstance()] });
});

afterAll(() => hub.stop());

describe('wrong usage ends with 2 and says what is wrong', () => {
  it.each([
    ['', 'Usage: throughline'],
    ['runs', 'Usage: throughline runs'],
    ['walks list', "unknown command 'walks'"],
    ['runs stop', "unknown command 'stop'"],
    ['runs start', "missing required argument 'scope_id'"],
    ['runs list --all', "unknown option '--all'"],
    ['runs list --limit none', 'whole number'],
    ['runs show a b', 'too many arguments'],
    ['instances create --name x --kind servicenow', 'an instance of kind servicenow needs --url'],
    ['instances create --name x --region a --all-regions', 'cannot be used with'],
    ['instances create --name x --kind push', 'an instance of kind push needs --source-system'],
    [
      'instances create --name x --kind push --source-system a --region eu-west-1',
      '--region: not for an instance of kind push',
    ],
    ['instances create --name x --kind odd', 'Allowed choices are aws, entra, servicenow, foundry, push'],
    ['instances update i-1', 'what is to be changed?'],
    ['instances create --name x --region a --account 1 --organization', 'cannot be used with'],
    ['scopes update s-1', 'what is to be changed?'],
    ['scopes create --instance i-1 --every 5 --cron *', 'cannot be used with'],
    ['scopes create --instance i-1 --timezone UTC', 'there is no --cron'],
    ['scopes update s-1 --every 5 --no-schedule', 'cannot be used with'],
    ['runs list --since yesterday', 'how long ago: 30m, 2h, 7d'],
    ['runs list --since 2026-13-01', 'how long ago: 30m, 2h, 7d'],
    ['runs list --status odd', 'Allowed choices are queued, running'],
    ['audit list --until 12:00', 'how long ago'],
    ['runs list --timeout 0', 'whole number of at least 1'],
    ['dlq list --queue odd', 'Allowed choices are plans, cells, stitches, all'],
    ['login --client-id c', "required option '--api-url <url>' not specified"],
    ['login --api-url http://hub.example --token-url https://i.example --client-id c', 'must be an https URL'],
    ['login --api-url https://u:p@hub.example --token-url https://i.example --client-id c', 'must hold no credentials'],
    ['login --api-url https://hub.example --token-url https://i.example --client-id c', 'the client secret is missing'],
    ['scopes create', "required option '--instance <id>' not specified"],
    ['scopes create --instance i-1 --every 0', 'whole number of at least 1'],
    ['cells list r-1 --status odd', 'Allowed choices are waiting, running'],
    ['cells release r-1 aws_iam', 'such as aws_iam:111111111111'],
    ['paths list --same-account --cross-account', 'cannot be used with'],
    ['paths show beef', 'no path has an id that begins with "beef"'],
  ])('%s', async (command, said) => {
    const { code, stdout, stderr } = await runCli(hub, command.split(' ').filter(Boolean));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });
});

describe('as JSON', () => {
  const told = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout, stderr } = await runCli(hub, [...args, '--json']);
    expect(stdout).toBe('');
    return JSON.parse(stderr).error;
  };

  it('wrong usage is one document on stderr', async () => {
    expect(await told('runs', 'stop')).toEqual({
      code: 'usage',
      detail: expect.stringContaining("unknown command 'stop'"),
    });
    expect(await told('runs')).toEqual({ code: 'usage', detail: 'which command? See --help.' });
    expect(await told('paths', 'show', 'beef')).toMatchObject({ code: 'usage', detail: expect.stringMatching(/beef/) });
  });

  it('a failure is one as well, with what the hub said', async () => {
    expect(await told('runs', 'start', 'gone')).toEqual({
      code: 'not_found',
      status: 404,
      title: 'There is no such thing',
      detail: 'there is no scope gone',
      remedy: expect.any(String),
      request_id: 'req-1',
      request: 'POST /scan-runs',
    });
  });

  it('a hub that does not answer is one', async () => {
    const { stderr } = await runCli(hub, ['runs', 'list', '--json'], { THROUGHLINE_API_URL: 'http://127.0.0.1:9' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'hub_unreachable' } });
  });
});

describe('help', () => {
  it('that was asked for goes to stdout and ends with 0', async () => {
    const { code, stdout } = await runCli(hub, ['--help']);
    expect(code).toBe(0);
    for (const noun of ['instances', 'scopes', 'runs', 'cells', 'stitches', 'paths', 'audit', 'dlq', 'login', 'whoami'])
      expect(stdout).toContain(noun);
    expect(stdout).toContain('Exit codes: 0 fine, 1 failed, 2 wrong usage, 3');
  });

  it('of a command names --json as well', async () => {
    expect((await runCli(hub, ['runs', 'start', '--help'])).stdout).toMatch(/--wait[\s\S]*--json/);
  });
});

describe('what fails ends with 1 and says what to do', () => {
  it('a thing that is not there', async () => {
    const { code, stdout, stderr } = await runCli(hub, ['runs', 'start', 'gone', '--wait']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/404[\s\S]*there is no scope gone[\s\S]*What to do: /);
  });

  it('a token that the hub does not take', async () => {
    const { code, stderr } = await runCli(hub, ['runs', 'list'], { THROUGHLINE_TOKEN: 'stale' });
    expect(code).toBe(1);
    expect(stderr).toContain('The token is missing, expired, or of another issuer or audience.');
  });

  it('a hub that does not answer', async () => {
    const env = { THROUGHLINE_API_URL: 'http://127.0.0.1:9' };
    const { code, stderr } = await runCli(hub, ['runs', 'start', 's-1'], env);
    expect(code).toBe(1);
    expect(stderr).toContain('Is the hub deployed and the URL right?');
  });
});

describe('colours', () => {
  it('are for terminals', async () => {
    const { stdout } = await runCli(hub, ['scopes', 'list']);
    expect(stdout).not.toContain('\u001b');
  });
});
