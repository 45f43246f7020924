import { beforeEach, describe, expect, it } from 'vitest';
import { aCell, anInstance, aPlannedRun, aScope } from '../runs/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const API = '/api/v1';
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const LISTS = ['/connector-instances', '/scan-scopes', '/scan-runs', '/scan-runs/run-a/cells'];

let hub: ReturnType<typeof aHubApi>;
beforeEach(() => {
  hub = aHubApi();
  for (const name of NAMES) {
    hub.instances.documents.set(name, anInstance({ _id: name }));
    hub.scopes.documents.set(name, aScope({ _id: name }));
    hub.runs.documents.set(`run-${name}`, aPlannedRun({ _id: `run-${name}` }));
    const cell = aCell({ run_id: 'run-a', key: `aws_iam:${name}` });
    hub.cells.documents.set(cell._id, cell);
  }
});

const page = async (url: string) => {
  const { status, body } = await hub.ask('GET', url);
  expect(status).toBe(200);
  const items: unknown = body.items;
  return { items: Array.isArray(items) ? items : [], next: body.next_cursor };
};

describe('a list', () => {
  it.each(LISTS)('%s gives everything once, page by page, and says when it is over', async (path) => {
    const ids: unknown[] = [];
    let url = `${API}${path}?limit=2`;
    for (let n = 0; n < 9; n += 1) {
      const { items, next } = await page(url);
      expect(items.length).toBeLessThanOrEqual(2);
      ids.push(...items.map(({ _id }) => _id));
      if (next === undefined) break;
      url = `${API}${path}?limit=2&cursor=${encodeURIComponent(String(next))}`;
    }
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(5);
  });

  it.each(LISTS)('%s has no next page where the last row is the last of all', async (path) => {
    expect(await page(`${API}${path}?limit=5`)).toMatchObject({ items: { length: 5 }, next: undefined });
  });

  it('holds nothing of another tenant', async () => {
    const token = aToken({ org_id: 'acme' });
    expect((await hub.ask('GET', `${API}/connector-instances`, { token })).body).toEqual({ items: [] });
  });

  it.each([...LISTS, '/paths', '/stitch-runs'])('%s takes 1 to 200 at a time', async (path) => {
    for (const limit of ['0', '201', '-1', '1.5', 'all', '']) {
      expect(await hub.ask('GET', `${API}${path}?limit=${limit}`)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'limit' }] },
      });
    }
    for (const limit of ['1', '200']) expect((await hub.ask('GET', `${API}${path}?limit=${limit}`)).status).toBe(200);
  });

  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    ['nonsense', 'nonsense'],
    ['empty', ''],
    ['an object that no list gives out', encoded({ $gt: '' })],
    ['a number', encoded(7)],
    ['cut off', encoded({ created_at: 'now', _id: 'run-1' }).slice(0, 9)],
  ])('says so when the cursor is %s', async (_what, cursor) => {
    for (const path of [...LISTS, '/paths', '/stitch-runs']) {
      expect(await hub.ask('GET', `${API}${path}?cursor=${cursor}`)).toMatchObject({
        status: 400,
        body: {
          code: 'body_invalid',
          detail: 'cursor: is not one that this list gave out',
          errors: [{ field: 'cursor', message: 'pass next_cursor of the page before, unchanged' }],
        },
      });
    }
  });

  it('says so when the cursor is of a list of another kind', async () => {
    const { next: of_runs } = await page(`${API}/scan-runs?limit=2`);
    const { next: of_scopes } = await page(`${API}/scan-scopes?limit=2`);
    expect((await hub.ask('GET', `${API}/scan-scopes?cursor=${of_runs}`)).status).toBe(400);
    expect((await hub.ask('GET', `${API}/scan-runs?cursor=${of_scopes}`)).status).toBe(400);
    // Both page by the id alone: only the name of the list tells them apart.
    expect((await hub.ask('GET', `${API}/connector-instances?cursor=${of_scopes}`)).status).toBe(400);
  });
});

describe('GET /paths', () => {
  it.each(['yes', '1', ''])('takes crosses_account_boundary=%s for nothing', async (value) => {
    expect(await hub.ask('GET', `${API}/paths?crosses_account_boundary=${value}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'crosses_account_boundary' }] },
    });
  });

  it('hands on what is asked for', async () => {
    const asked: unknown[] = [];
    const watched = aHubApi({
      paths: {
        get: async () => undefined,
        list: async (whose, query, limit) => {
          asked.push([whose.workspace_ids, query, limit]);
          return [];
        },
      },
    });
    await watched.ask('GET', `${API}/paths?workload=arn:w&resource=arn%3Ar&crosses_account_boundary=false&limit=3`);
    expect(asked).toEqual([
      [['platform'], { workload: 'arn:w', resource: 'arn:r', crosses_account_boundary: false }, 4],
    ]);
    expect((await watched.ask('GET', `${API}/paths/some-id`)).status).toBe(404);
  });
});
