import { describe, expect, it } from 'vitest';
import { convertTenant, EntraRecords } from '../../../src/connectors/entra/convert/tenant.ts';
import { sorted } from '../observed.ts';

const T = '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411';
const OTHER_TENANT = '11111111-2222-4333-8444-555555555555';
const A = '7c21e0d4-58b3-4f6e-8a19-d34b6f0c9e02';
const O = '0d5e8b77-1f23-4c9a-b6d8-91a2c3e4f506';
const S = 'e48a2b90-6c17-4d35-9f02-b7a1c5d8e364';
const M = '9b6d40f3-2a85-4e7c-8d11-5f0c7b2e9a48';
const U = '51c7f0aa-83de-4b62-a5f4-0e9d6b31c278';

const anApplication = (more: object = {}) => ({
  id: O,
  appId: A,
  displayName: 'invoice-bot',
  signInAudience: 'AzureADMyOrg',
  identifierUris: ['api://invoice-bot'],
  api: { requestedAccessTokenVersion: 1 },
  web: { redirectUris: ['https://invoice.example.com/cb'] },
  ...more,
});

const aPrincipal = (more: object = {}) => ({
  id: S,
  appId: A,
  displayName: 'invoice-bot',
  servicePrincipalType: 'Application',
  appOwnerOrganizationId: T,
  accountEnabled: true,
  servicePrincipalNames: ['api://invoice-bot', A],
  tags: ['WindowsAzureActiveDirectoryIntegratedApp'],
  alternativeNames: [],
  passwordCredentials: [
    {
      keyId: 'c1d2',
      displayName: 'ci',
      startDateTime: '2026-02-01T00:00:00Z',
      endDateTime: '2027-02-01T00:00:00Z',
      hint: 'x7Q',
      secretText: 'never',
    },
  ],
  ...more,
});

const aUser = (more: object = {}) => ({
  id: U,
  displayName: 'Ada',
  userPrincipalName: 'ada@example.com',
  mail: 'ada@example.com',
  accountEnabled: true,
  ...more,
});

const list = (...value: readonly unknown[]) => ({ value });

const converted = (records: object, tenant = T) => sorted(convertTenant(EntraRecords.parse(records), tenant));
const record = (id: string) => ({ source_system_id: `entra:${T}`, source_record_id: id });

describe('a tenant of Entra', () => {
  it('a service principal, its application, and that its tokens bear the client id of it', () => {
    const { nodes, edges, gaps } = converted({
      applications: list(anApplication()),
      servicePrincipals: list(aPrincipal()),
    });
    expect(nodes.map(({ entity_type, source_record_id }) => [entity_type, source_record_id])).toEqual([
      ['entra_application', O],
      ['entra_service_principal', S],
    ]);
    expect(nodes[1]?.properties).toMatchObject({ app_id: A, tenant_id: T, service_principal_type: 'Application' });
    expect(edges).toEqual([
      expect.objectContaining({
        edge_type: 'AUTHENTICATES_AS',
        from: { entity_type: 'entra_service_principal', ...record(S) },
        to: { entity_type: 'entra_application', ...record(O) },
        stated_by: { ...record(S), source_field_path: `appId[${A}]` },
      }),
    ]);
    expect(gaps).toEqual([]);
  });

  it('of credentials only what tells them apart and how long they are good', () => {
    const { nodes } = converted({ servicePrincipals: list(aPrincipal()) });
    expect(nodes[0]?.properties.credentials).toEqual([
      {
        kind: 'password',
        key_id: 'c1d2',
        display_name: 'ci',
        type: null,
        usage: null,
        starts_at: '2026-02-01T00:00:00Z',
        ends_at: '2027-02-01T00:00:00Z',
      },
    ]);
    expect(JSON.stringify(nodes)).not.toMatch(/x7Q|never/);
  });

  it('a field that nobody named is not copied', () => {
    const { nodes } = converted({ users: list(aUser({ mobilePhone: '+49 1', employeeId: '7' })) });
    expect(Object.keys(nodes[0]?.properties ?? {}).sort()).toEqual([
      'account_enabled',
      'email',
      'object_id',
      'tenant_id',
      'user_principal_name',
    ]);
  });

  it('case of a GUID: ids are in lower case, the original stays as it was written', () => {
    const { nodes, edges } = converted(
      {
        applications: list(anApplication({ appId: A.toUpperCase(), id: O.toUpperCase() })),
        servicePrincipals: list(aPrincipal({ id: S.toUpperCase(), appOwnerOrganizationId: T.toUpperCase() })),
      },
      T.toUpperCase(),
    );
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([O, S]);
    expect(nodes.map(({ source_system_id }) => source_system_id)).toEqual([`entra:${T}`, `entra:${T}`]);
    expect(nodes[0]?.properties.app_id).toBe(A.toUpperCase());
    expect(edges).toHaveLength(1);
  });

  it('ids that look alike: neither the client id nor the object id of the application is the service principal', () => {
    const { nodes } = converted({ servicePrincipals: list(aPrincipal()) });
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([S]);
  });

  it('an application of another tenant is the same software, not ours', () => {
    const foreign = aPrincipal({ appOwnerOrganizationId: OTHER_TENANT });
    const { edges, nodes } = converted({ applications: list(anApplication()), servicePrincipals: list(foreign) });
    expect(edges).toEqual([]);
    expect(nodes[1]?.properties.app_owner_tenant_id).toBe(OTHER_TENANT);
  });

  it('a managed identity has no application, even where one bears its client id', () => {
    const managed = aPrincipal({ id: M, servicePrincipalType: 'ManagedIdentity', appOwnerOrganizationId: null });
    const { nodes, edges } = converted({ applications: list(anApplication()), servicePrincipals: list(managed) });
    expect(nodes[1]).toMatchObject({ entity_type: 'entra_managed_identity', source_record_id: M });
    expect(edges).toEqual([]);
  });

  it('an agent identity keeps the client id of its blueprint, which is no object id', () => {
    const agent = aPrincipal({ servicePrincipalType: 'ServiceIdentity', agentIdentityBlueprintId: O });
    const { nodes, edges } = converted({ servicePrincipals: list(agent) });
    expect(nodes[0]).toMatchObject({
      entity_type: 'entra_agent_identity',
      properties: { agent_identity_blueprint_id: O },
    });
    expect(edges).toEqual([]);
  });

  it('a kind of service principal that is new is one all the same', () => {
    const { nodes } = converted({ servicePrincipals: list(aPrincipal({ servicePrincipalType: 'Quantum' })) });
    expect(nodes[0]?.entity_type).toBe('entra_service_principal');
  });

  it('one that is switched off keeps its edges and says so', () => {
    const off = aPrincipal({ accountEnabled: false });
    const { nodes, edges } = converted({ applications: list(anApplication()), servicePrincipals: list(off) });
    expect(nodes[1]?.properties.account_enabled).toBe(false);
    expect(edges).toHaveLength(1);
  });

  it('names that change are no keys: the same person under another name is the same record', () => {
    const before = converted({ users: list(aUser()) }).nodes[0];
    const after = converted({ users: list(aUser({ userPrincipalName: 'ada.l@example.com', mail: null })) }).nodes[0];
    expect(after?.source_record_id).toBe(before?.source_record_id);
    expect(after?.properties.email).toBeNull();
  });

  it('made again under the same name, a service principal is another', () => {
    const again = { ...aPrincipal(), id: M };
    expect(converted({ servicePrincipals: list(again) }).nodes[0]?.source_record_id).toBe(M);
  });
});

describe('what is not known of a tenant', () => {
  it('a record that makes no sense is one gap without any of its values, and its siblings go on', () => {
    const { nodes, gaps } = converted({ users: list({ ...aUser(), id: 'secret-looking' }, aUser(), 7) });
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      {
        kind: 'gap',
        code: 'unreadable_item',
        action: 'GET /users',
        item: 'secret-looking',
        message: 'id: is not a GUID',
      },
      expect.objectContaining({ code: 'unreadable_item', item: 'record 2' }),
    ]);
  });

  it('a member of which only type and id came was seen in part: the edge stands, and a gap says so', () => {
    const user = '#microsoft.graph.user';
    const { edges, gaps } = converted({
      applicationOwners: { [O]: list({ '@odata.type': user, id: U, displayName: null, userPrincipalName: null }) },
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([['OWNED_BY', U]]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', item: U })]);
    const whole = converted({ applicationOwners: { [O]: list({ '@odata.type': user, id: U, displayName: 'Ada' }) } });
    expect(whole.gaps).toEqual([]);
  });

  it('an owner of an unknown kind is a gap and no edge', () => {
    const { edges, gaps } = converted({
      servicePrincipalOwners: { [S]: list({ '@odata.type': '#microsoft.graph.robot', id: U, displayName: 'R2' }) },
    });
    expect(edges).toEqual([]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: U })]);
  });

  it('a list with a next page that was not read, or shorter than its count, is a gap', () => {
    const cut = converted({ users: { value: [aUser()], '@odata.nextLink': 'https://graph.microsoft.com/v1.0/...' } });
    expect(cut.gaps).toEqual([expect.objectContaining({ code: 'source_unreachable', action: 'GET /users' })]);
    const short = converted({ users: { value: [aUser()], '@odata.count': 3 } });
    expect(short.gaps[0]?.message).toBe('the list counts 3 and holds 1');
    expect(converted({ users: { value: [aUser()], '@odata.count': 1 } }).gaps).toEqual([]);
  });
});
