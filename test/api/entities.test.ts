import { beforeEach, describe, expect, it } from 'vitest';
import { at } from '../control/builders.ts';
import { aHubApi, aToken } from './a-hub-api.ts';
import { aFarEnd, anEntity, aTrust, membersOfIdentity, roleRef } from './results-builders.ts';

const API = '/api/v1';
const READER = roleRef('reader');
const WRITER = roleRef('writer', '222222222222');
const STRANGER = roleRef('stranger', '333333333333');
const [reader, writer, stranger] = [anEntity(READER), anEntity(WRITER), aFarEnd(STRANGER)];

let hub: ReturnType<typeof aHubApi>;
beforeEach(() => {
  hub = aHubApi();
  hub.entities.push(reader, writer, stranger);
  hub.edges.push(aTrust(WRITER, READER), aTrust(STRANGER, READER));
});

const get = (path: string, claims = {}) => hub.ask('GET', `${API}${path}`, { token: aToken(claims) });

describe('GET /entities/:id', () => {
  it('tells what is believed, who says so and since when, and what changes by itself', async () => {
    const value = { count: 7, period_end: 'then' };
    const seen = { name: 'exec30', observed_at: at(0), run_id: 'run-1' };
    hub.activity.push({ ...seen, entity_id: reader._id, value }, { ...seen, entity_id: writer._id, value: 1 });
    const { status, body } = await get(`/entities/${reader._id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      display_name: 'reader',
      observed: true,
      properties: { path: '/' },
      property_provenance: { path: { api: 'iam:GetAccountAuthorizationDetails', run_id: 'run-1' } },
      lineage_records: [{ source_field_path: '$' }],
      activity: [{ name: 'exec30', value }],
    });
    expect(body).not.toHaveProperty('claims');
    expect(body).not.toHaveProperty('workspace_ids');
    expect(body).not.toHaveProperty('canonical_identity_id');
  });

  it('names the identity that it is a record of, and only to who sees all of its records', async () => {
    const [member] = membersOfIdentity();
    if (!member) throw new Error('an identity has members');
    hub.identity_members.push(member);
    expect((await get(`/entities/${reader._id}`)).body.canonical_identity_id).toBe(member.canonical_identity_id);
    expect((await get('/entities')).body.items).toMatchObject(
      [reader, writer]
        .toSorted((a, b) => (a._id < b._id ? -1 : 1))
        .map(({ _id }) => (_id === reader._id ? { canonical_identity_id: member.canonical_identity_id } : { _id })),
    );
    hub.identity_members[0] = { ...member, members: [...member.members, { workspace_ids: ['payments'] }] };
    expect((await get(`/entities/${reader._id}`)).body).not.toHaveProperty('canonical_identity_id');
  });

  it('shows a far end to who sees an edge that names it, as one that nobody saw', async () => {
    expect((await get(`/entities/${stranger._id}`)).body).toMatchObject({ observed: false, connector_owners: [] });
    expect((await get(`/entities/${stranger._id}`, { workspaces: ['payments'] })).status).toBe(404);
    expect((await get(`/entities/${stranger._id}`, { org_id: 'acme' })).status).toBe(404);
  });

  it.each(['x', 'F'.repeat(64), '%00', `${'a'.repeat(64)}0`, '$where', '..%2F..', 'a'.repeat(5_000)])(
    'finds nothing under %s, and asks no database',
    async (id) => {
      const careful = aHubApi({
        entities: { ...hub.deps.entities, whole: () => Promise.reject(new Error('was asked')) },
      });
      expect(await careful.ask('GET', `${API}/entities/${id}`)).toMatchObject({ status: 404 });
      expect(careful.crashed).toEqual([]);
    },
  );
});

describe('GET /entities', () => {
  it('lists what an instance of the workspaces claims, and no far ends', async () => {
    const { body } = await get('/entities');
    expect(body.items).toHaveLength(2);
    expect((await get('/entities', { workspaces: ['payments'] })).body).toEqual({ items: [] });
  });

  it('hands on what is asked for', async () => {
    const asked: unknown[] = [];
    const watched = aHubApi({
      entities: {
        ...hub.deps.entities,
        list: async (_whose, query, limit) => {
          asked.push([query, limit]);
          return [];
        },
      },
    });
    const query =
      'entity_type=aws_iam_role&source_system_id=aws:1&source_record_id=arn%3Ax&account=111111111111' +
      '&display_name_prefix=a*&instance_id=i-1&retired=true&limit=2';
    expect((await watched.ask('GET', `${API}/entities?${query}`)).status).toBe(200);
    expect(asked).toEqual([
      [
        {
          ...{ entity_type: 'aws_iam_role', source_system_id: 'aws:1', source_record_id: 'arn:x', retired: true },
          ...{ account: '111111111111', display_name_prefix: 'a*', instance_id: 'i-1' },
        },
        3,
      ],
    ]);
  });

  it.each([
    ['entity_type', 'aws_nothing'],
    ['entity_type', ''],
    ['account', '12'],
    ['account', '11111111111x'],
    ['retired', 'yes'],
    ['display_name_prefix', ''],
    ['display_name_prefix', 'x'.repeat(2_049)],
    ['instance_id', 'x'.repeat(101)],
    ['owner', 'x'],
  ])('says which parameter is wrong: %s=%s', async (name, value) => {
    expect(await get(`/entities?${name}=${value}`)).toMatchObject({
      status: 400,
      body: { code: 'body_invalid', errors: [{ field: name }] },
    });
  });
});

describe('GET /entities/:id/edges', () => {
  const edgesOf = async (id: string, query = '', claims = {}) => {
    const { status, body } = await get(`/entities/${id}/edges${query}`, claims);
    return { status, body, items: Array.isArray(body.items) ? body.items : [] };
  };

  it('names both ends, as the caller knows them', async () => {
    const { items } = await edgesOf(reader._id);
    expect(items.map(({ from, to }) => [from.display_name, to.display_name]).toSorted()).toEqual(
      [
        ['arn:aws:iam::333333333333:role/stranger', 'reader'],
        ['writer', 'reader'],
      ].toSorted(),
    );
    expect(JSON.stringify(items)).not.toContain('workspace_ids');
  });

  it('calls an end that another workspace claims by its record, as the edge does', async () => {
    hub.entities[1] = { ...writer, workspace_ids: ['payments'] };
    const { items } = await edgesOf(reader._id);
    expect(items.map(({ from }) => from.display_name)).toContain(WRITER.source_record_id);
  });

  it('goes one way where that is asked for', async () => {
    expect((await edgesOf(writer._id, '?direction=out')).items).toHaveLength(1);
    expect((await edgesOf(writer._id, '?direction=in')).items).toHaveLength(0);
    expect((await edgesOf(reader._id, '?direction=in&edge_type=RUNS_AS')).items).toHaveLength(0);
  });

  it('pages, and takes no cursor of another entity', async () => {
    const first = await edgesOf(reader._id, '?limit=1');
    const cursor = String(first.body.next_cursor);
    const second = await edgesOf(reader._id, `?limit=1&cursor=${cursor}`);
    expect(second.body.next_cursor).toBeUndefined();
    expect(new Set([...first.items, ...second.items].map(({ _id }) => _id)).size).toBe(2);
    expect(await edgesOf(writer._id, `?cursor=${cursor}`)).toMatchObject({ status: 400 });
  });

  it('is not found where the entity is not, and says what is wrong with its query', async () => {
    expect((await edgesOf('f'.repeat(64))).status).toBe(404);
    expect((await edgesOf(reader._id, '', { workspaces: ['payments'] })).status).toBe(404);
    expect(await edgesOf(reader._id, '?direction=up')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'direction' }] },
    });
    expect((await edgesOf(reader._id, '?edge_type=CAN_ASSUME')).status).toBe(400);
  });
});
