import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertTenant } from '../../src/connectors/entra/convert/tenant.ts';
import { convertAccount } from '../../src/connectors/foundry/convert/account.ts';
import { convertInstance } from '../../src/connectors/servicenow/convert/instance.ts';
import { sorted } from './observed.ts';

const T = '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411';
const S = 'e48a2b90-6c17-4d35-9f02-b7a1c5d8e364';
const ACCOUNT = '/subscriptions/8e1b/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/a';
const SYS_ID = 'a'.repeat(32);

/** Values that a field might have, those among them that every object has a member for. */
const aValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    'constructor',
    '__proto__',
    'toString',
    '',
    'true',
    T,
    SYS_ID,
    `${ACCOUNT}/projects/constructor`,
    'https://a.example/',
  ),
);

/** A record that is nearly right: one of its fields is anything. */
const nearly = (record: object) =>
  fc
    .tuple(fc.constantFrom(...Object.keys(record)), aValue)
    .map(([field, value]): unknown => ({ ...record, [field]: value }));

const records = (record: object) => fc.array(fc.oneof(aValue, nearly(record)), { maxLength: 4 });

const principal = {
  id: S,
  appId: T,
  displayName: 'x',
  servicePrincipalType: 'Application',
  appOwnerOrganizationId: T,
  tags: [],
};
const user = { sys_id: SYS_ID, user_name: 'u', active: 'true', identity_type: 'human' };
const acl = { sys_id: SYS_ID, name: 't', type: 'record', operation: 'read', active: 'true' };
const message = { sys_id: SYS_ID, name: 'm', rest_endpoint: 'https://a.example', oauth2_profile: SYS_ID };
const flow = { sys_id: SYS_ID, name: 'f', active: 'true', run_as: 'user' };
const project = { id: `${ACCOUNT}/projects/constructor`, identity: { principalId: S, tenantId: T }, properties: {} };
const agent = {
  id: 'a',
  versions: {
    latest: { version: '1', definition: { model: 'm', tools: [{ type: 'mcp', server_url: 'https://a.example' }] } },
  },
  instance_identity: { principal_id: S },
};
const connection = { name: 'c', properties: { target: 'https://a.example', authType: 'None' } };

describe('whatever an API returns', () => {
  it('a record that is right is there, whatever stands beside it, and nothing throws', () => {
    fc.assert(
      fc.property(records(principal), (odd) => {
        const { nodes } = sorted(convertTenant({ servicePrincipals: { value: [...odd, principal] } }, T));
        expect(nodes.some(({ source_record_id }) => source_record_id === S)).toBe(true);
        expect(nodes.every(({ entity_type }) => typeof entity_type === 'string')).toBe(true);
      }),
    );
    fc.assert(
      fc.property(records(user), records(acl), records(message), records(flow), (users, acls, messages, flows) => {
        const table = (odd: readonly unknown[], right: object) => ({ result: [...odd, right] });
        const { nodes, edges } = sorted(
          convertInstance(
            {
              sys_user: table(users, user),
              sys_security_acl: table(acls, acl),
              sys_security_acl_role: { result: [{ sys_security_acl: SYS_ID, sys_user_role: SYS_ID }] },
              sys_rest_message: table(messages, message),
              sys_hub_flow: table(flows, flow),
            },
            'h.example',
          ),
        );
        expect(nodes.some(({ source_record_id }) => source_record_id === `sys_user/${SYS_ID}`)).toBe(true);
        const levels = edges.map(({ properties }) => properties.access_level).filter((level) => level !== undefined);
        expect(levels.filter((level) => level !== 'Read' && level !== 'Write')).toEqual([]);
        expect(levels).toContain('Read');
      }),
    );
    fc.assert(
      fc.property(records(project), records(agent), records(connection), (projects, agents, connections) => {
        const { nodes } = sorted(
          convertAccount(
            {
              account: { id: ACCOUNT, name: 'a', properties: {} },
              projects: { value: [...projects, project] },
              connections: { value: [...connections, connection] },
              agents: { other: { data: [...agents, agent], has_more: false } },
            },
            T,
          ),
        );
        expect(nodes.some(({ entity_type }) => entity_type === 'foundry_project')).toBe(true);
        expect(nodes.some(({ display_name }) => display_name === 'c')).toBe(true);
      }),
    );
  });
});
