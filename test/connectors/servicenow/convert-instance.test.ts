import { describe, expect, it } from 'vitest';
import { convertInstance, ServiceNowRecords } from '../../../src/connectors/servicenow/convert/instance.ts';
import { sorted } from '../observed.ts';

const HOST = 'example-co.service-now.com';
const id = (digit: string): string => digit.repeat(32);
const [ACCOUNT, ROLE, CLIENT, MESSAGE, PROFILE, ACL] = ['a', 'b', 'c', 'd', 'e', 'f'].map(id);

const table = (...result: readonly object[]) => ({ result, total: result.length });
const both = (value: string) => ({ value, display_value: `shown ${value}` });

const anAccount = (more: object = {}) => ({
  sys_id: ACCOUNT,
  user_name: 'svc',
  name: 'Service',
  email: 'svc@example.com',
  active: 'true',
  identity_type: 'machine',
  federated_id: '',
  ...more,
});
const aClient = (more: object = {}) => ({
  sys_id: CLIENT,
  name: 'Foundry inbound',
  type: 'client',
  client_id: '7C21E0D4-58b3-4f6e-8a19-d34b6f0c9e02',
  active: 'true',
  token_url: 'https://LOGIN.microsoftonline.com/3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411/oauth2/v2.0/token?secret=1',
  user: ACCOUNT,
  ...more,
});
const aMessage = (more: object = {}) => ({
  sys_id: MESSAGE,
  name: 'AWS ticket hook',
  rest_endpoint: 'https://K3V9X2.execute-api.eu-west-1.amazonaws.com/prod/Tickets/?key=1',
  authentication_type: 'oauth2',
  oauth2_profile: PROFILE,
  ...more,
});
const anAcl = (more: object = {}) => ({
  sys_id: ACL,
  name: 'hr_case',
  type: 'record',
  operation: 'read',
  active: 'true',
  condition: '',
  script: '',
  ...more,
});

const converted = (records: object, host = HOST) => sorted(convertInstance(ServiceNowRecords.parse(records), host));
const nodeOf = (records: object) => converted(records).nodes[0];

describe('an instance of ServiceNow', () => {
  it('an account of a machine and one of a person are two kinds of things', () => {
    expect(nodeOf({ sys_user: table(anAccount()) })).toMatchObject({
      entity_type: 'servicenow_user',
      source_system_id: `servicenow:${HOST}`,
      source_record_id: `sys_user/${ACCOUNT}`,
    });
    const person = anAccount({ identity_type: both('Human'), federated_id: '51C7F0AA-83de-4b62-a5f4-0e9d6b31c278' });
    expect(nodeOf({ sys_user: table(person) })).toMatchObject({
      entity_type: 'human_identity',
      properties: { external_id: '51C7F0AA-83de-4b62-a5f4-0e9d6b31c278', email: 'svc@example.com' },
    });
  });

  it('without identity types, an account that only calls services is a machine', () => {
    const { identity_type: _none, ...old } = anAccount();
    expect(nodeOf({ sys_user: table(old) })?.entity_type).toBe('human_identity');
    const machine = { ...old, web_service_access_only: 'true' };
    expect(nodeOf({ sys_user: table(machine) })?.entity_type).toBe('servicenow_user');
  });

  it('values and references come as texts, with a link, or with what is shown', () => {
    const roles = (user: unknown) => ({ sys_user_has_role: table({ sys_id: id('1'), user, role: ROLE }) });
    for (const user of [ACCOUNT, { value: ACCOUNT, link: `https://${HOST}/x` }, both(ACCOUNT ?? '')]) {
      expect(converted(roles(user)).edges.map(({ from }) => from.source_record_id)).toEqual([`sys_user/${ACCOUNT}`]);
    }
    expect(converted(roles('')).edges).toEqual([]);
  });

  it('a role that an account no longer has is no edge', () => {
    const row = { sys_id: id('1'), user: ACCOUNT, role: ROLE, state: 'requested' };
    expect(converted({ sys_user_has_role: table(row) }).edges).toEqual([]);
  });

  it('an edge from a person keeps the person a person', () => {
    const { edges } = converted({
      sys_user: table(anAccount({ identity_type: 'human' })),
      sys_user_has_role: table({ sys_id: id('1'), user: ACCOUNT, role: ROLE, state: 'active' }),
    });
    expect(edges.map(({ edge_type, from }) => [edge_type, from.entity_type])).toEqual([
      ['MEMBER_OF', 'human_identity'],
    ]);
  });

  it('a client acts as its application user, while it is active', () => {
    const { nodes, edges } = converted({ oauth_entity: table(aClient()) });
    expect(nodes[0]).toMatchObject({
      entity_type: 'servicenow_oauth_client',
      source_record_id: `oauth_entity/${CLIENT}`,
      properties: {
        client_id: '7C21E0D4-58b3-4f6e-8a19-d34b6f0c9e02',
        token_url: 'https://login.microsoftonline.com/3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411/oauth2/v2.0/token',
      },
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['AUTHENTICATES_AS', `sys_user/${ACCOUNT}`],
    ]);
    expect(converted({ oauth_entity: table(aClient({ active: 'false' })) }).edges).toEqual([]);
  });

  it('the same record of a clone is another record', () => {
    const records = { oauth_entity: table(aClient()) };
    expect(converted(records, 'Example-Co-Test.service-now.com.').nodes[0]?.source_system_id).toBe(
      'servicenow:example-co-test.service-now.com',
    );
  });

  it('a REST message calls one host and path; case of the path stays, the query goes', () => {
    const { nodes, edges } = converted({
      sys_rest_message: table(aMessage()),
      sys_rest_message_fn: table({ sys_id: id('1'), rest_message: MESSAGE, http_method: 'post', rest_endpoint: '' }),
      oauth_entity_profile: table({ sys_id: PROFILE, oauth_entity: CLIENT }),
    });
    const endpoint = 'https://k3v9x2.execute-api.eu-west-1.amazonaws.com/prod/Tickets';
    expect(nodes[0]?.correlation_keys).toEqual([{ kind: 'endpoint_url', value: endpoint }]);
    expect(nodes[0]?.properties).toMatchObject({ endpoint, http_method: 'POST' });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['AUTHENTICATES_AS', `oauth_entity/${CLIENT}`],
    ]);
    expect(JSON.stringify(nodes)).not.toContain('key=1');
  });

  it('a method has an endpoint of its own; one with variables is known when it runs, and is no key', () => {
    const { nodes } = converted({
      sys_rest_message: table(aMessage({ rest_endpoint: 'https://\u0024{host}/tickets' })),
      sys_rest_message_fn: table({
        sys_id: id('1'),
        rest_message: MESSAGE,
        http_method: 'get',
        rest_endpoint: 'https://a.example/t',
      }),
    });
    expect(nodes[0]?.properties).toMatchObject({ endpoint: null, endpoints: ['https://a.example/t'] });
    expect(nodes[0]?.correlation_keys).toEqual([{ kind: 'endpoint_url', value: 'https://a.example/t' }]);
  });

  it('calls of 30 days are counted by endpoint; without the log there is no count, which is not zero', () => {
    const call = (hostname: string, path: string, count: string) => ({
      stats: { count },
      groupby_fields: [
        { field: 'hostname', value: hostname },
        { field: 'path', value: path },
      ],
    });
    const period_end = '2026-11-21T00:00:00Z';
    const host = 'k3v9x2.execute-api.eu-west-1.amazonaws.com';
    const log = { period_end, result: [call(host, '/prod/Tickets', '40'), call(host, '/prod/Other', '9')] };
    const { observations } = converted({ sys_rest_message: table(aMessage()), sys_outbound_http_log: log });
    expect(observations.filter(({ kind }) => kind === 'activity')).toEqual([
      expect.objectContaining({ name: 'exec30', value: { count: 40, period_end } }),
    ]);
    const uncounted = converted({ sys_rest_message: table(aMessage()) });
    expect(uncounted.observations.filter(({ kind }) => kind === 'activity')).toEqual([]);
  });

  it('a script runs as its account and invokes the messages that it names outright; its text is not kept', () => {
    const script = `var m = new sn_ws.RESTMessageV2("AWS ticket hook", 'post'); var k = 'hunter2'; new RESTMessageV2(name);`;
    const { nodes, edges } = converted({
      sys_rest_message: table(aMessage({ oauth2_profile: '' })),
      sysauto_script: table({ sys_id: id('1'), name: 'Nightly', active: 'true', run_as: ACCOUNT, script }),
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['RUNS_AS', `sys_user/${ACCOUNT}`],
      ['INVOKES', `sys_rest_message/${MESSAGE}`],
    ]);
    expect(JSON.stringify(nodes)).not.toContain('hunter2');
  });

  it('a flow that runs as whoever starts it, or as the system, has no identity of its own', () => {
    const flow = (run_as: string) => ({ sys_hub_flow: table({ sys_id: id('1'), name: 'F', active: 'true', run_as }) });
    expect(converted(flow('user')).edges).toEqual([]);
    expect(converted(flow('system')).nodes[0]?.properties.run_as).toBe('system');
    expect(converted(flow(ACCOUNT ?? '')).edges.map(({ edge_type }) => edge_type)).toEqual(['RUNS_AS']);
  });
});

describe('access to tables', () => {
  const access = (...acls: readonly object[]) =>
    converted({
      sys_security_acl: table(...acls),
      sys_security_acl_role: table(
        ...acls.map((acl) => ({ sys_security_acl: Reflect.get(acl, 'sys_id'), sys_user_role: ROLE })),
      ),
    }).edges.map(({ to, properties }) => [to.source_record_id, properties.access_level, properties.conditional]);
  const hr = 'sys_db_object/hr_case';

  it('is one edge for each table and level', () => {
    expect(
      access(anAcl(), anAcl({ sys_id: id('1'), operation: 'write' }), anAcl({ sys_id: id('2'), operation: 'delete' })),
    ).toEqual([
      [hr, 'Read', false],
      [hr, 'Write', false],
    ]);
  });

  it('is conditional where the control has a condition or a script, and where another control denies', () => {
    expect(access(anAcl({ script: 'answer = true' }))).toEqual([[hr, 'Read', true]]);
    expect(access(anAcl({ condition: 'active=true' }))).toEqual([[hr, 'Read', true]]);
    expect(access(anAcl(), anAcl({ sys_id: id('1'), decision_type: 'deny' }))).toEqual([[hr, 'Read', true]]);
  });

  it('takes the control that proves more, whatever the order of the rows', () => {
    const acls = [anAcl({ sys_id: id('1'), script: 'x' }), anAcl()];
    expect(access(...acls)).toEqual([[hr, 'Read', false]]);
    expect(access(...acls.toReversed())).toEqual([[hr, 'Read', false]]);
  });

  it('controls that are off, of a field, of every table, or of anything else give nothing', () => {
    const others = [{ active: 'false' }, { name: 'hr_case.salary' }, { name: '*' }, { type: 'processor' }];
    expect(access(...others.map((more, at) => anAcl({ ...more, sys_id: id(String(at)) })))).toEqual([]);
  });
});

describe('what is not known of an instance', () => {
  it('a page short of its count: rows that access controls hide are a gap', () => {
    const { nodes, gaps } = converted({ sys_user: { result: [anAccount()], total: 3 } });
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      {
        kind: 'gap',
        code: 'access_denied',
        action: 'GET /api/now/table/sys_user',
        message: '2 of 3 rows were not shown: access controls hide them',
      },
    ]);
  });

  it('a column that did not come is no empty one: the record is a gap, and its siblings go on', () => {
    const { client_id: _hidden, ...cut } = aClient();
    const { nodes, gaps } = converted({ oauth_entity: table(cut, aClient({ sys_id: id('1') })) });
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      expect.objectContaining({
        code: 'unreadable_item',
        item: CLIENT,
        message: 'client_id: did not come: it may not be readable',
      }),
    ]);
  });
});
