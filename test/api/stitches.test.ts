import { beforeEach, describe, expect, it } from 'vitest';
import type { StitchRun } from '../../src/stitch/stitch-run.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import { aPath, aStitch } from '../bin/cli/documents.ts';
import { at, TENANT, WORKSPACE } from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';
import { anEntity, anEntry, roleRef } from './results-builders.ts';

const API = '/api/v1';
const [reader, writer] = [anEntity(roleRef('reader')), anEntity(roleRef('writer', '222222222222'))];
const MEMBERS = [{ workspace_ids: [WORKSPACE] }];
const PAYMENTS = { workspaces: ['payments'] };

const aRun = (given: Partial<StitchRun> = {}): StitchRun => ({
  ...aStitch({ tenant_id: TENANT }),
  problems: [],
  ambiguities: [],
  triggered_by: [{ kind: 'manual', by: 'ada', generation: 1 }],
  ...given,
});

let hub: ReturnType<typeof aHubApi>;
beforeEach(() => {
  hub = aHubApi();
  hub.entities.push(reader, writer);
});

const ask = (method: string, path: string, body?: unknown, claims = {}) =>
  hub.ask(method, `${API}${path}`, { token: aToken(claims), ...(body !== undefined && { body }) });
const get = (path: string, claims = {}) => ask('GET', path, undefined, claims);

describe('POST /stitch-runs', () => {
  it('asks for a stitch in the name of the caller, tells the audit, and says of which generation', async () => {
    const first = await ask('POST', '/stitch-runs');
    expect(first).toMatchObject({ status: 202, body: { tenant_id: TENANT, generation: 1 } });
    expect(hub.requested).toEqual([[TENANT, { kind: 'manual', by: 'ada' }]]);
    expect(hub.told).toMatchObject([{ action: 'stitch.requested', actor: 'ada', target: '1' }]);
    expect((await ask('POST', '/stitch-runs')).body.generation).toBe(2);
  });

  it('is for who may, and for nobody who only reads', async () => {
    expect((await ask('POST', '/stitch-runs', undefined, { permissions: ['stitches:read'] })).status).toBe(403);
    expect(hub.requested).toEqual([]);
  });
});

describe('GET /stitch-runs/:id', () => {
  it('shows of triggers, ambiguities and problems what the caller sees', async () => {
    const named = { id: 'x', entity_type: 'aws_iam_role', source_system_id: 's', source_record_id: 'r' } as const;
    const left = { ...named, display_name: 'n' };
    hub.stitch_runs.push(
      aRun({
        problems: [
          { message: 'ours', workspace_ids: [WORKSPACE] },
          { message: 'theirs', workspace_ids: ['payments'] },
        ],
        ambiguities: [
          { rule_id: 'r', left, rights: [left], more_rights: false, key: 'k', members: MEMBERS },
          {
            rule_id: 'r',
            left,
            rights: [left],
            more_rights: false,
            key: 'hidden',
            members: [{ workspace_ids: ['z'] }],
          },
        ],
        triggered_by: [
          { kind: 'run_finished', by: 'run-1', workspace_id: WORKSPACE, generation: 1 },
          { kind: 'run_finished', by: 'run-9', workspace_id: 'payments', generation: 1 },
          { kind: 'settings_changed', by: '3', generation: 1 },
        ],
      }),
    );
    const { body } = await get('/stitch-runs/st-1');
    expect(body).toMatchObject({
      problems: ['ours'],
      ambiguities: [{ key: 'k' }],
      triggered_by: [{ by: 'run-1' }, { by: '3' }],
    });
    expect(JSON.stringify(body)).not.toContain('members');
    expect((await get('/stitch-runs/st-9')).status).toBe(404);
    expect((await get('/stitch-runs/st-1', { org_id: 'acme' })).status).toBe(404);
  });
});

describe('POST /stitch-runs/preview', () => {
  const pair = { left: reader._id, right: writer._id, decision: 'forbid' };

  it('asks the graph of what the caller sees, and writes nothing', async () => {
    const rules = [{ rule_id: 'mcp-server-to-entra-sp', enabled: true }];
    expect((await ask('POST', '/stitch-runs/preview', { rules, pairs: [pair] })).status).toBe(200);
    expect(hub.asked).toEqual([{ workspace_ids: [WORKSPACE], ask: 'preview', question: { rules, pairs: [pair] } }]);
    expect([hub.settings.size, hub.requested, hub.told]).toEqual([0, [], []]);
    expect((await ask('POST', '/stitch-runs/preview', {})).status).toBe(200);
  });

  it.each([
    ['rules[0].rule_id', { rules: [{ rule_id: 'no-such-rule', enabled: true }] }],
    ['rules.0.rule_id', { rules: [{ rule_id: 'No Rule', enabled: true }] }],
    ['rules.0.enabled', { rules: [{ rule_id: 'endpoint-url-bridge' }] }],
    ['pairs[0].left', { pairs: [{ ...pair, left: 'f'.repeat(64) }] }],
    ['pairs.0.left', { pairs: [{ ...pair, left: 'arn:aws:iam::1:role/x' }] }],
    ['pairs[0]', { pairs: [{ ...pair, right: reader._id }] }],
    ['settings', { settings: {} }],
  ])('names the field that is wrong: %s', async (field, body) => {
    const answer = await ask('POST', '/stitch-runs/preview', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ field }));
    expect(hub.asked).toEqual([]);
  });
});

describe('GET /stitch-audit', () => {
  it('tells what changed and why, the newest stitch first, to who sees every member', async () => {
    hub.stitch_audit.push(
      anEntry({ generation: 1 }),
      anEntry({ generation: 2, change: 'went', stitch_run_id: 'stitch-2' }),
      anEntry({ generation: 3, members: [...MEMBERS, { workspace_ids: ['payments'] }] }),
    );
    const { body, text } = await get('/stitch-audit');
    expect(body.items).toMatchObject([{ generation: 2 }, { generation: 1, causes: [{ code: 'edge_appeared' }] }]);
    expect(text).not.toMatch(/members|_hash/);
    expect((await get('/stitch-audit?change=went')).body.items).toHaveLength(1);
    expect((await get('/stitch-audit?stitch_run_id=stitch-1')).body.items).toHaveLength(1);
    expect((await get('/stitch-audit?kind=identity')).body.items).toEqual([]);
    expect((await get('/stitch-audit', PAYMENTS)).body.items).toEqual([]);
  });

  it.each([
    ['kind', 'edge'],
    ['change', 'moved'],
    ['id', 'x'],
    ['stitch_run_id', ''],
    ['generation', '1'],
  ])('says which parameter is wrong: %s=%s', async (name, value) => {
    expect(await get(`/stitch-audit?${name}=${value}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: name }] },
    });
  });
});

describe('GET /paths', () => {
  const stored = (given: Partial<StitchedPath> = {}): StitchedPath => ({
    ...aPath({ tenant_id: TENANT }),
    content_hash: 'h',
    members: MEMBERS,
    ...given,
  });

  it('tells how often the workload ran, where somebody says', async () => {
    const seen = { entity_id: stored().workload.id, observed_at: at(0), run_id: 'r' };
    hub.paths.push(stored());
    expect((await get(`/paths/${stored()._id}`)).body).not.toHaveProperty('exec30');
    for (const [value, exec30] of [
      [{ count: 4, period_end: at(0), at_least: true }, 4],
      [9, 9],
    ] as const) {
      hub.activity.splice(0, 9, { ...seen, name: 'exec30', value }, { ...seen, name: 'other', value: 1 });
      expect((await get(`/paths/${stored()._id}`)).body).toMatchObject({ exec30 });
      expect((await get('/paths')).body.items).toMatchObject([{ exec30 }]);
    }
    hub.activity.splice(0, 9, { ...seen, name: 'exec30', value: 'often' });
    expect((await get('/paths')).body.items).not.toMatchObject([{ exec30: expect.anything() }]);
  });

  it('hands on every filter', async () => {
    const asked: unknown[] = [];
    const list = async (_whose: unknown, query: unknown) => {
      asked.push(query);
      return [];
    };
    const watched = aHubApi({ paths: { ...hub.deps.paths, list } });
    const query = `identity=${'a'.repeat(64)}&account=111111111111&rule=endpoint-url-bridge&access_level=Write`;
    const flags = 'condition_free=true&crosses_connector_boundary=true&crosses_organization_boundary=false';
    expect((await watched.ask('GET', `${API}/paths?${query}&${flags}`)).status).toBe(200);
    expect(asked).toEqual([
      {
        ...{ identity: 'a'.repeat(64), account: '111111111111', rule: 'endpoint-url-bridge', access_level: 'Write' },
        ...{ condition_free: true, crosses_connector_boundary: true, crosses_organization_boundary: false },
      },
    ]);
  });

  it.each([
    ['identity', 'x'],
    ['account', '1'],
    ['rule', 'No'],
    ['access_level', 'read'],
    ['condition_free', 'yes'],
    ['crosses_connector_boundary', '1'],
  ])('says which parameter is wrong: %s=%s', async (name, value) => {
    expect(await get(`/paths?${name}=${value}`)).toMatchObject({ status: 400, body: { errors: [{ field: name }] } });
  });
});

describe('POST /paths/query', () => {
  it('asks the graph of what the caller sees, by ids', async () => {
    const body = { from: reader.source_record_id, to: writer._id, max_hops: 3 };
    expect((await ask('POST', '/paths/query', body)).status).toBe(200);
    expect((await ask('POST', '/paths/query', { to: writer._id, through: reader._id })).status).toBe(200);
    expect(hub.asked.map(({ question }) => question)).toEqual([
      { from: reader._id, to: writer._id, max_hops: 3 },
      { to: writer._id, through: reader._id },
    ]);
  });

  it.each([
    [{}, 400, 'from'],
    [{ through: reader._id }, 400, 'from'],
    [{ from: 7 }, 400, 'from'],
    [{ from: '' }, 400, 'from'],
    [{ from: reader._id, max_hops: 0 }, 400, 'max_hops'],
    [{ from: reader._id, max_hops: 13 }, 400, 'max_hops'],
    [{ from: reader._id, workspace_ids: ['payments'] }, 400, 'workspace_ids'],
    [{ from: 'arn:aws:iam::1:role/none' }, 404, 'from'],
    [{ from: reader._id, to: 'f'.repeat(64) }, 404, 'to'],
  ])('names the field that is wrong: %j', async (body, status, field) => {
    const answer = await ask('POST', '/paths/query', body);
    expect(answer.status).toBe(status);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ field }));
    expect(hub.asked).toEqual([]);
  });
});

describe('GET /paths/diff', () => {
  beforeEach(() => {
    hub.stitch_runs.push(...[1, 2, 3].map((generation) => aRun({ _id: `stitch-${generation}`, generation })));
    const id = (digit: string): string => digit.repeat(64);
    const { after: brief = null } = anEntry();
    hub.stitch_audit.push(
      anEntry({ id: id('a'), generation: 2, stitch_run_id: 'stitch-2' }),
      anEntry({ id: id('b'), generation: 2, change: 'went', before: brief }),
      anEntry({ id: id('b'), generation: 3 }),
      anEntry({ id: id('c'), generation: 3, members: [{ workspace_ids: ['payments'] }] }),
    );
  });
  const diff = (from: string, to: string, more = '') => get(`/paths/diff?from_stitch=${from}&to_stitch=${to}${more}`);

  it('tells what differs between two stitches, and what caused it', async () => {
    expect((await diff('stitch-1', 'stitch-2')).body.items).toMatchObject([
      { path_id: 'a'.repeat(64), change: 'appeared', causes: [{ code: 'edge_appeared' }], stitch_run_id: 'stitch-2' },
      { path_id: 'b'.repeat(64), change: 'disappeared', before: { access_level: 'Read' } },
    ]);
    // What went and came again is as it was.
    expect((await diff('stitch-1', 'stitch-3')).body.items).toMatchObject([{ path_id: 'a'.repeat(64) }]);
    expect((await diff('stitch-3', 'stitch-3')).body.items).toEqual([]);
  });

  it('pages, and takes no cursor of another pair of stitches', async () => {
    const first = await diff('stitch-1', 'stitch-2', '&limit=1');
    const cursor = `&cursor=${first.body.next_cursor}`;
    expect((await diff('stitch-1', 'stitch-2', cursor)).body).toMatchObject({ items: [{ path_id: 'b'.repeat(64) }] });
    expect((await diff('stitch-1', 'stitch-3', cursor)).status).toBe(400);
  });

  it('says which of the two is wrong', async () => {
    for (const [answer, status, field] of [
      [await diff('stitch-9', 'stitch-2'), 404, 'from_stitch'],
      [await diff('stitch-1', 'stitch-9'), 404, 'to_stitch'],
      [await diff('stitch-3', 'stitch-1'), 400, 'from_stitch'],
      [await get('/paths/diff?from_stitch=stitch-1'), 400, 'to_stitch'],
      [await get('/paths/diff'), 400, 'from_stitch'],
    ] as const) {
      expect(answer.status).toBe(status);
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ field }));
    }
  });
});
