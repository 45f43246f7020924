import { afterEach, describe, expect, it, vi } from 'vitest';
import { shown } from '../../../lambdas/api/answers/correlations.ts';
import { shownEntry } from '../../../lambdas/api/answers/stitch-audit.ts';
import type { PathAnswers } from '../../../src/paths/between.ts';
import type { Preview } from '../../../src/stitch/preview.ts';
import { aCorrelation, anEntity, anEntry, anIdentity, aTrust, roleRef } from '../../api/results-builders.ts';
import { aPath, aStitch } from './documents.ts';
import { type FakeHub, startFakeHub } from './fake-hub.ts';
import type { KnownResults } from './fake-results.ts';
import { runCli } from './run-cli.ts';

// Each test starts the CLI as a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const hubs: FakeHub[] = [];
const [READER, WRITER] = [roleRef('reader'), roleRef('writer', '222222222222')];

function anEntityAnswer(ref = READER) {
  const { claims: _claims, workspace_ids: _workspaces, ...entity } = anEntity(ref);
  const value = { count: 3, period_end: 'then' };
  const activity = [{ name: 'exec30', value, observed_at: '2026-11-21T12:00:00.000Z', run_id: 'run-1' }];
  return { ...entity, observed: true, activity };
}

const [reader, writer] = [anEntityAnswer(), anEntityAnswer(WRITER)];
const STITCH = 'e'.repeat(64);

async function aHub(results: KnownResults = {}, stitch = aStitch({ _id: STITCH })): Promise<FakeHub> {
  const known = { entities: [reader, writer], ...results };
  const hub = await startFakeHub({ results: known, stitches: [stitch], paths: [aPath()] });
  hubs.push(hub);
  return hub;
}

/** One command at a hub of its own: what it said and what it asked. */
async function cli(args: readonly string[], results: KnownResults = {}, stitch?: ReturnType<typeof aStitch>) {
  const hub = await aHub(results, stitch);
  return { ...(await runCli(hub, args)), asked: hub.asked.map(decodeURIComponent), posted: hub.posted };
}

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
});

describe('entities', () => {
  it('are filtered by the hub, and of many the list says that there may be more', async () => {
    const filters = ['--type', 'aws_iam_role', '--account', '111111111111', '--name', 're', '--source-system', 'aws:1'];
    const { asked, stdout } = await cli([
      'entities',
      'list',
      ...filters,
      '--instance',
      'i',
      '--retired',
      '--limit',
      '1',
    ]);
    expect(asked).toEqual([
      'GET /api/v1/entities?limit=1&entity_type=aws_iam_role&source_system_id=aws:1&account=111111111111' +
        '&display_name_prefix=re&instance_id=i&retired=true',
    ]);
    expect(stdout).toMatch(/aws_iam_role +reader +arn:aws:iam::111111111111:role\/reader/);
    expect(stdout).toContain('the first 1: there may be more, see --limit');
  });

  it('are shown by what their source calls them, with who says what', async () => {
    const { stdout, code } = await cli(['entities', 'show', READER.source_record_id]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/name +reader/);
    expect(stdout).toMatch(/path: "\/"\n.*seen by iam:GetAccountAuthorizationDetails in run run-1/);
    expect(stdout).toContain('exec30: {"count":3');
    expect(stdout).toContain(`paths query --from ${reader._id}`);
  });

  it('that are not there, or are several, are not guessed at', async () => {
    expect(await cli(['entities', 'show', 'reader'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no entity "reader": give its whole id or its ARN'),
    });
    const twice = { entities: [reader, { ...reader, _id: 'f'.repeat(64) }] };
    const { stderr } = await cli(['entities', 'edges', READER.source_record_id], twice);
    expect(stderr).toContain(`give the id: ${reader._id} of aws:111111111111; ${'f'.repeat(64)} of`);
  });

  it('have relations, one way or both', async () => {
    const { claims: _claims, workspace_ids: _workspaces, from, to, ...edge } = aTrust(WRITER, READER);
    const edges = [{ ...edge, from: { ...from, display_name: 'writer' }, to: { ...to, display_name: 'reader' } }];
    const { stdout, asked } = await cli(['entities', 'edges', reader._id, '--direction', 'in', '--type', 'TRUSTS'], {
      edges,
    });
    expect(stdout).toMatch(/writer +TRUSTS +reader +arn:aws:iam::111111111111:role\/reader Principal\.AWS/);
    expect(asked).toEqual([`GET /api/v1/entities/${reader._id}/edges?limit=100&direction=in&edge_type=TRUSTS`]);
  });

  it('whose names would move the cursor do not', async () => {
    const entities = [{ ...reader, display_name: 'a\u001b[2Jb', properties: { 'x\u001b[2J': '\u202e' } }];
    for (const verb of ['list', 'show']) {
      const { stdout } = await cli(['entities', verb, ...(verb === 'show' ? [reader._id] : [])], { entities });
      for (const moving of ['\u001b', '\u202e']) expect(stdout).not.toContain(moving);
    }
  });
});

describe('identities', () => {
  const identities = [shown(anIdentity())];

  it('are listed, and shown with their records, rules and what these disagree about', async () => {
    const list = await cli(['identities', 'list', '--rule', 'r', '--entity', READER.source_record_id], { identities });
    expect(list.asked.at(-1)).toBe(`GET /api/v1/canonical-identities?limit=100&rule=r&entity=${reader._id}`);
    expect(list.stdout).toMatch(/aws_iam_role +reader +2 +aws:111111111111, aws:222222222222 +aws-unique-id/);
    const { stdout } = await cli(['identities', 'show', anIdentity()._id.slice(0, 6)], { identities });
    expect(stdout).toMatch(/joined by +aws-unique-id-to-principal/);
    expect(stdout).toMatch(/role\/writer +aws_iam_role +writer +aws:222222222222 +yes/);
    expect(stdout).toMatch(/path is not the same everywhere:\n +"\/x\/" says arn:aws:iam::222222222222:role\/writer/);
  });
});

describe('correlations', () => {
  const settings = {
    tenant_id: 'acme',
    version: 4,
    rules: [
      { rule_id: 'a-rule', enabled: true, reason: 'old', changed_by: 'bob', changed_at: '2026-11-20T12:00:00.000Z' },
    ],
    pairs: [
      {
        ...{ left: reader._id, right: writer._id, decision: 'forbid' as const, reason: 'two teams' },
        ...{ changed_by: 'bob', changed_at: '2026-11-20T12:00:00.000Z' },
      },
    ],
  };
  const kept = { rule_id: 'a-rule', enabled: true, reason: 'old' };
  const pair = { left: reader._id, right: writer._id, decision: 'forbid', reason: 'two teams' };

  it('are listed with what agrees', async () => {
    const correlations = [shown(aCorrelation({ status: 'retired', retired_because: 'rule_off' }))];
    const args = ['correlations', 'list', '--rule', 'r', '--status', 'retired', '--entity', writer._id];
    const { stdout, asked } = await cli(args, { correlations });
    expect(stdout).toMatch(/reader +is +writer +aws-unique-id-to-principal +AROA1 +retired: rule_off/);
    expect(asked).toEqual([`GET /api/v1/correlations?limit=100&rule_id=r&status=retired&entity=${writer._id}`]);
  });

  it('have rules, on or off', async () => {
    const side = { entity_types: ['aws_iam_role' as const], presents: 'an id' };
    const rule = {
      ...{ id: 'a-rule', title: 'A rule', explanation: 'why', effect: 'SAME_ENTITY' as const, left: side, right: side },
      ...{ confidence: 'exact' as const, default_enabled: false, enabled: true },
    };
    const { stdout } = await cli(['correlations', 'rules'], { rules: [rule] });
    expect(stdout).toMatch(/a-rule +on +off +SAME_ENTITY +exact +A rule/);
    expect(stdout).toContain('correlations disable <rule> --reason <why>');
  });

  it('are explained rule by rule', async () => {
    const { left, right } = aCorrelation();
    const presented = [{ key: 'AROA1', fields: [{ field: 'properties.unique_id', value: 'AROA1' }] }];
    const tried = {
      ...{ rule_id: 'a-rule', title: 'A rule', effect: 'SAME_ENTITY' as const, enabled: true, decision: null },
      left: { entity: left, presents: 'an id', presented },
      right: { entity: right, presents: 'an id', presented: [] },
      ...{ agrees_on: [], near_misses: [], other_rights: [], outcome: 'differs' as const },
      message: 'not joined: writer does not show an id',
    };
    const explanation = { left, right, rules: [tried], not_tried: [{ rule_id: 'other', because: 'joins people' }] };
    const args = ['correlations', 'explain', READER.source_record_id, WRITER.source_record_id];
    const { stdout, asked } = await cli(args, { explanation });
    expect(asked.at(-1)).toBe(`GET /api/v1/correlations/explain?left=${reader._id}&right=${writer._id}`);
    expect(stdout).toMatch(/✗ a-rule: not joined: writer does not show an id/);
    expect(stdout).toContain('reader: properties.unique_id = AROA1');
    expect(stdout).toContain('other joins people');
  });

  it.each([
    [['enable', 'b-rule', '--reason', 'why'], [kept, { rule_id: 'b-rule', enabled: true, reason: 'why' }], [pair]],
    [['disable', 'a-rule', '--reason', 'why'], [{ rule_id: 'a-rule', enabled: false, reason: 'why' }], [pair]],
    [
      ['allow', WRITER.source_record_id, reader._id, '--reason', 'one team'],
      [kept],
      [{ left: writer._id, right: reader._id, decision: 'allow', reason: 'one team' }],
    ],
    [
      ['forbid', reader._id, writer._id, '--rule', 'a-rule', '--reason', 'for this one'],
      [kept],
      [pair, { ...pair, rule_id: 'a-rule', reason: 'for this one' }],
    ],
    [['forget', writer._id, reader._id], [kept], []],
  ])('are decided about on top of what was decided: %j', async (args, rules, pairs) => {
    const { code, posted, stdout } = await cli(['correlations', ...args], { settings });
    expect(code).toBe(0);
    expect(posted).toEqual([{ version: 4, rules, pairs }]);
    expect(stdout).toContain('it takes effect with the next stitch');
  });

  it('of which nothing was decided have nothing to forget', async () => {
    const args = ['correlations', 'forget', reader._id, writer._id, '--rule', 'a-rule'];
    expect(await cli(args, { settings })).toMatchObject({
      code: 2,
      posted: [],
      stderr: expect.stringContaining('nothing was decided about these two'),
    });
  });

  it('have settings that say who, when and why', async () => {
    const { stdout } = await cli(['correlations', 'settings'], { settings });
    expect(stdout).toMatch(/version 4\n +a-rule is on: old\n +bob, 2026-11-20T12:00:00.000Z/);
    expect(stdout).toContain(`${reader._id} and ${writer._id} are forbidden: two teams`);
    expect((await cli(['correlations', 'settings'])).stdout).toContain('every rule is as it is by default');
  });
});

describe('paths', () => {
  const { hops, workload: from, resource: to, ...path } = aPath();
  const { crosses_account_boundary, crosses_connector_boundary, crosses_organization_boundary } = path;
  const chain = {
    ...{ hops, crosses_account_boundary, crosses_connector_boundary, crosses_organization_boundary },
    ...{ verdict: 'allowed' as const, conditions: [], correlation_rules: [], identities: [], accounts: [] },
  };
  const none = { hops: false, answers: false, places: false, undetermined: false };
  const answers: PathAnswers = {
    answers: [{ from, to, access_level: 'Read', unconditional: chain, alternatives: 2, alternatives_capped: false }],
    undetermined: [{ edge_type: 'CAN_ASSUME', from, to: { ...to, observed: false } }],
    truncated: { ...none, hops: true },
  };

  it('between any two are asked for, and told as one chain each', async () => {
    const ends = ['--from', READER.source_record_id, '--to', writer._id];
    const args = ['paths', 'query', ...ends, '--max-hops', '3'];
    const { stdout, posted } = await cli(args, { answers });
    expect(posted).toEqual([{ from: reader._id, to: writer._id, max_hops: 3 }]);
    expect(stdout).toMatch(/tagger -CAN_ACCESS-> customers {2}Read, allowed/);
    expect(stdout).toContain('and 2 other ways');
    expect(stdout).toContain('not known tagger -CAN_ASSUME-> customers (not seen): a policy on it could not be read');
    expect(stdout).toContain('ask again with a larger --max-hops');
    expect(stdout).not.toContain('name both ends');
  });

  it('are told with what shows them where that is asked for', async () => {
    const { stdout } = await cli(['paths', 'query', '--to', writer._id, '--evidence'], { answers });
    expect(stdout).toContain('"Action":"s3:GetObject"');
    const nothing = { answers: [], undetermined: [], truncated: none };
    expect((await cli(['paths', 'query', '--to', writer._id], { answers: nothing })).stdout).toContain(
      'no way was found',
    );
  });

  it('need an end to be asked for', async () => {
    expect(await cli(['paths', 'query'])).toMatchObject({ code: 2, asked: [] });
  });

  it('of two stitches are compared, with what caused it', async () => {
    const after = { ...brief(), verdict: 'conditional' as const };
    const causes = [{ code: 'policy_changed' as const, message: 'a statement asks for MFA now', run_id: 'r-7' }];
    const differences = [
      { path_id: 'a', change: 'appeared' as const, after: brief(), causes: [], stitch_run_id: 's' },
      { path_id: 'b', change: 'disappeared' as const, before: brief(), causes: [], stitch_run_id: 's' },
      { path_id: 'c', change: 'verdict_changed' as const, before: brief(), after, causes, stitch_run_id: 's' },
    ];
    const { stdout, asked } = await cli(['paths', 'diff', 'eee', 'f'.repeat(64)], { differences });
    expect(asked.at(-1)).toBe(`GET /api/v1/paths/diff?limit=200&from_stitch=${STITCH}&to_stitch=${'f'.repeat(64)}`);
    expect(stdout).toMatch(/\+ tagger -CAN_ACCESS-> customers {2}Read, allowed\n +- tagger/);
    expect(stdout).toMatch(/~ .*allowed before, conditional now\n.*a statement asks for MFA now \(seen by run r-7\)/);
  });

  it('are filtered in every way', async () => {
    const flags = ['--unconditional', '--cross-connector', '--cross-organization', '--access', 'Read'];
    const { asked } = await cli(['paths', 'list', '--identity', 'i', '--account', 'a', '--rule', 'r', ...flags]);
    expect(asked).toEqual([
      'GET /api/v1/paths?limit=200&identity=i&account=a&rule=r&access_level=Read&condition_free=true' +
        '&crosses_connector_boundary=true&crosses_organization_boundary=true',
    ]);
  });
});

const brief = () => ({
  workload: { entity_type: 'aws_lambda_function', source_record_id: 'arn:aws:tagger', display_name: 'tagger' },
  resource: { entity_type: 'aws_s3_bucket', source_record_id: 'arn:aws:customers', display_name: 'customers' },
  ...{ access_level: 'Read', verdict: 'allowed' as const, conditions: [] },
  hops: [{ edge_type: 'CAN_ACCESS', from: 'tagger', to: 'customers' }],
});

describe('stitches', () => {
  it('are shown with what they changed and what they could not use', async () => {
    const { left, right } = aCorrelation();
    const stitch = aStitch({
      _id: STITCH,
      ambiguities: [{ rule_id: 'a-rule', left, rights: [right, right], more_rights: false, key: 'AROA1' }],
      failed_rules: [{ rule_id: 'b-rule', message: 'x is undefined' }],
      problems: ['a policy is malformed'],
    });
    const { stdout } = await cli(['stitches', 'show', 'eee'], {}, stitch);
    expect(stdout).toMatch(/asked by +run_finished r-1/);
    expect(stdout).toMatch(/paths +1 added, 0 changed, 0 removed, 0 unchanged/);
    expect(stdout).toContain('ambiguous a-rule: reader matches writer, writer by AROA1: nothing is joined');
    expect(stdout).toContain('failed b-rule: x is undefined: what it had found before stays');
    expect(stdout).toContain('a policy is malformed');
    expect(stdout).toContain(`stitches audit --stitch ${STITCH}`);
  });

  it('are asked for, and waited for where that is wanted', async () => {
    const asked = await cli(['stitches', 'run']);
    expect(asked.stdout).toContain('a stitch of generation 1 was asked for');
    expect(asked.asked).toEqual(['POST /api/v1/stitch-runs']);
    const waited = await cli(['stitches', 'run', '--wait']);
    expect(waited.stdout).toMatch(/outcome +stitched/);
    const late = await cli(['stitches', 'run', '--wait', '--within', '1'], {}, aStitch({ outcome: 'unchanged' }));
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('was done within 1 s') });
  });

  it('are previewed', async () => {
    const some = (id: string, count = 1) => ({ count, items: [{ id, brief: brief() }] });
    const none = { count: 0, items: [] };
    const kind = { appear: none, change: none, go: none };
    const preview: Preview = {
      ...{ correlations: kind, identities: kind, ambiguities: { before: 0, after: 1 }, failed_rules: [] },
      paths: { appear: some('a', 3), change: none, go: none },
    };
    const pair = ['--forbid', READER.source_record_id, writer._id];
    const { stdout, posted } = await cli(['stitches', 'preview', '--disable', 'a', 'b', ...pair], { preview });
    expect(posted).toEqual([
      {
        rules: ['a', 'b'].map((rule_id) => ({ rule_id, enabled: false })),
        pairs: [{ left: reader._id, right: writer._id, decision: 'forbid' }],
      },
    ]);
    expect(stdout).toMatch(
      /paths +3 would appear, 0 change, 0 go\n +\+ tagger -CAN_ACCESS-> customers {2}Read, allowed\n.*and 2 more/,
    );
    expect(stdout).toContain('ambiguous lefts: 0 now, 1 then');
    const odd = await cli(['stitches', 'preview', '--allow', reader._id], { preview });
    expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining('--allow: name two entities') });
  });

  it('have an audit', async () => {
    const entries = [shownEntry(anEntry())];
    const args = ['stitches', 'audit', '--stitch', STITCH, '--kind', 'path', '--change', 'appeared', '--id', 'x'];
    const { stdout, asked } = await cli(args, { entries });
    expect(asked).toEqual([`GET /api/v1/stitch-audit?limit=50&stitch_run_id=${STITCH}&kind=path&id=x&change=appeared`]);
    expect(stdout).toMatch(
      /path +\w{12} +appeared +tagger -CAN_ACCESS-> customers {2}Read, allowed +the role trusts the function now/,
    );
  });
});

describe('--json', () => {
  const known: KnownResults = { identities: [shown(anIdentity())], correlations: [shown(aCorrelation())] };
  it.each([
    ['entities list', [reader, writer]],
    [`entities show ${reader._id}`, reader],
    ['identities list', known.identities],
    ['correlations list', known.correlations],
    ['correlations settings', { tenant_id: 'acme', version: 0, rules: [], pairs: [] }],
    ['stitches show eee', aStitch({ _id: STITCH })],
    ['stitches run', { tenant_id: 'acme', generation: 1 }],
  ])('of %s is what the hub answered, and nothing else on stdout', async (command, expected) => {
    const { code, stdout } = await cli([...command.split(' '), '--json'], known);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});
