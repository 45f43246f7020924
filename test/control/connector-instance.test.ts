import { describe, expect, it } from 'vitest';
import { externalIdOf, NewConnectorInstance, newConnectorInstance } from '../../src/control/connector-instance.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { HUB, ONE, START, TENANCY, TENANT, TERMS } from './builders.ts';

const ACCOUNTS = { mode: 'accounts', account_ids: [ONE], regions: ['eu-west-1'] } as const;
const body = (config: unknown = ACCOUNTS, more: object = {}) => ({
  connector_kind: 'aws',
  display_name: 'MediaPro',
  config,
  ...more,
});
const { organization: _ours, ...UNBOUND } = TERMS;
const context = { ...TENANCY, id: 'instance-1', now: START.toISOString(), created_by: 'ada' };

/** The fields that a body is refused for. */
const refused = (given: unknown): readonly string[] =>
  NewConnectorInstance.safeParse(given).error?.issues.map(({ path, code, ...issue }) =>
    [...path, ...('keys' in issue ? issue.keys : [])].join('.'),
  ) ?? [];

describe('the body of a new instance', () => {
  it('is taken with an organization or with named accounts', () => {
    expect(refused(body())).toEqual([]);
    expect(refused(body({ mode: 'organization', regions: ['us-gov-west-1', 'ap-southeast-2'] }))).toEqual([]);
  });

  it('is taken without regions: those count that are enabled in each account', () => {
    expect(refused(body({ mode: 'organization' }))).toEqual([]);
    expect(refused(body({ mode: 'accounts', account_ids: [ONE] }))).toEqual([]);
  });

  it.each([
    ['another kind', body(ACCOUNTS, { connector_kind: 'gcp' }), 'connector_kind'],
    ['no name', body(ACCOUNTS, { display_name: '' }), 'display_name'],
    ['a name of a novel', body(ACCOUNTS, { display_name: 'x'.repeat(121) }), 'display_name'],
    ['an external id of its own choice', body(ACCOUNTS, { external_id: 'mine' }), 'external_id'],
    ['a role of its own choice', body({ ...ACCOUNTS, role_arn: 'arn:aws:iam::1:role/x' }), 'config.role_arn'],
    ['a mode that is none', body({ ...ACCOUNTS, mode: 'everything' }), 'config.mode'],
    ['accounts in an organization', body({ ...ACCOUNTS, mode: 'organization' }), 'config.account_ids'],
    ['no accounts', body({ ...ACCOUNTS, account_ids: [] }), 'config.account_ids'],
    ['an account id as a number', body({ ...ACCOUNTS, account_ids: [111111111111] }), 'config.account_ids.0'],
    [
      'an account id of eleven digits',
      body({ ...ACCOUNTS, account_ids: [ONE, '12345678901'] }),
      'config.account_ids.1',
    ],
    ['an account id with a line end', body({ ...ACCOUNTS, account_ids: [`${ONE}\n`] }), 'config.account_ids.0'],
    ['an account twice', body({ ...ACCOUNTS, account_ids: [ONE, ONE] }), 'config.account_ids'],
    ['a region twice', body({ ...ACCOUNTS, regions: ['eu-west-1', 'eu-west-1'] }), 'config.regions'],
    ['no regions', body({ ...ACCOUNTS, regions: [] }), 'config.regions'],
    ['a region that is none', body({ ...ACCOUNTS, regions: ['eu-west-1', 'Ireland'] }), 'config.regions.1'],
  ])('is refused with %s, naming the field', (_what, given, field) => {
    expect(refused(given)).toEqual([field]);
  });
});

describe('a new instance', () => {
  it('knows the categories of the hub, is active, and has given out no run number', () => {
    expect(newConnectorInstance(NewConnectorInstance.parse(body()), context, TERMS)).toEqual({
      _id: 'instance-1',
      ...TENANCY,
      connector_kind: 'aws',
      display_name: 'MediaPro',
      status: 'active',
      config: ACCOUNTS,
      external_id: externalIdOf(HUB, TENANT),
      discovered_capabilities: { service_categories_available: TERMS.categories },
      created_at: START.toISOString(),
      created_by: 'ada',
      last_seq: 0,
      source_system_ids: [],
      version: 1,
    });
  });

  const organization = NewConnectorInstance.parse(body({ mode: 'organization', regions: ['eu-west-1'] }));

  it('covers the organization for the tenant that it is bound to', () => {
    expect(newConnectorInstance(organization, context, TERMS).config).toMatchObject({ mode: 'organization' });
  });

  it.each([
    ['is bound to another tenant', { ...context, tenant_id: 'acme' }, TERMS],
    ['is not known to the hub', context, UNBOUND],
  ])('is refused, naming config.mode, where the organization %s', (_what, whose, terms) => {
    const make = () => newConnectorInstance(organization, whose, terms);
    expect(make).toThrow(AppError);
    expect(make).toThrow(
      expect.objectContaining({
        code: 'body_invalid',
        message: expect.stringMatching(/^config\.mode: /),
        details: { field: 'config.mode', refused: true },
      }),
    );
  });
});

describe('the external id', () => {
  it('is the same for a tenant of a hub each time, so that the StackSet can carry it', () => {
    expect(externalIdOf(HUB, TENANT)).toBe(externalIdOf(HUB, TENANT));
  });

  it('differs by tenant and by hub', () => {
    const ids = [externalIdOf(HUB, TENANT), externalIdOf(HUB, 'acme'), externalIdOf(ONE, TENANT)];
    expect(new Set(ids).size).toBe(3);
  });

  it('is one that AWS takes', () => {
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    expect(externalIdOf(HUB, 'a tenant / of any name')).toMatch(/^[\w+=,.@:/-]{2,1224}$/);
  });
});

const TENANT_GUID = '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411';
const SUBSCRIPTION = '8e1b2c3d-7d4e-4b1a-9c60-2e85d0b7a411';
const ENTRA = {
  connector_kind: 'entra',
  display_name: 'Directory',
  config: { entra_tenant_id: TENANT_GUID },
  credentials_ref: `throughline/${TENANT}/entra`,
};
const SERVICENOW = {
  connector_kind: 'servicenow',
  display_name: 'ITSM',
  config: { instance_url: 'https://example.service-now.com' },
  credentials_ref: `throughline/${TENANT}/servicenow`,
};
const FOUNDRY = {
  connector_kind: 'foundry',
  display_name: 'Agents',
  config: {
    entra_tenant_id: TENANT_GUID,
    subscription_ids: [SUBSCRIPTION],
    project_endpoints: ['https://acme-ai.services.ai.azure.com/api/projects/claims'],
  },
  credentials_ref: `throughline/${TENANT}/foundry`,
};
const PUSH = { connector_kind: 'push', display_name: 'CMDB', config: {}, source_system_ids: ['servicenow:example'] };

describe('an instance of another kind than AWS', () => {
  it.each([ENTRA, SERVICENOW, FOUNDRY, PUSH])('is made as $connector_kind, without an external id', (given) => {
    const instance = newConnectorInstance(NewConnectorInstance.parse(given), context, TERMS);
    expect(instance).toMatchObject(given);
    expect(instance).not.toHaveProperty('external_id');
  });

  it.each([
    [ENTRA, []],
    [SERVICENOW, []],
    [FOUNDRY, []],
    [PUSH, ['push']],
  ])('knows categories only where there is somebody to look: $connector_kind', (given, known) => {
    const { discovered_capabilities } = newConnectorInstance(NewConnectorInstance.parse(given), context, TERMS);
    expect(discovered_capabilities.service_categories_available).toEqual(known);
  });

  it.each([
    ['no credentials', { ...ENTRA, credentials_ref: undefined }, ['credentials_ref']],
    ['a tenant by name', { ...ENTRA, config: { entra_tenant_id: 'acme.onmicrosoft.com' } }, ['config.entra_tenant_id']],
    ['a cloud that is none', { ...ENTRA, config: { ...ENTRA.config, cloud: 'mars' } }, ['config.cloud']],
    ['source systems of its own', { ...ENTRA, source_system_ids: ['entra:x'] }, ['source_system_ids']],
    ['an external id', { ...ENTRA, external_id: 'mine' }, ['external_id']],
    ['no address', { ...SERVICENOW, config: {} }, ['config.instance_url']],
    ['plain http', { ...SERVICENOW, config: { instance_url: 'http://x.service-now.com' } }, ['config.instance_url']],
    ['a path', { ...SERVICENOW, config: { instance_url: 'https://x.service-now.com/api' } }, ['config.instance_url']],
    ['a slash', { ...SERVICENOW, config: { instance_url: 'https://x.service-now.com/' } }, ['config.instance_url']],
    [
      'no subscriptions',
      { ...FOUNDRY, config: { ...FOUNDRY.config, subscription_ids: [] } },
      ['config.subscription_ids'],
    ],
    [
      'a subscription by name',
      { ...FOUNDRY, config: { ...FOUNDRY.config, subscription_ids: [SUBSCRIPTION, 'prod'] } },
      ['config.subscription_ids.1'],
    ],
    [
      'an endpoint that is no project',
      { ...FOUNDRY, config: { ...FOUNDRY.config, project_endpoints: ['https://acme-ai.services.ai.azure.com'] } },
      ['config.project_endpoints.0'],
    ],
    ['no source systems', { ...PUSH, source_system_ids: [] }, ['source_system_ids']],
    [
      'too many source systems',
      { ...PUSH, source_system_ids: Array.from({ length: 101 }, String) },
      ['source_system_ids'],
    ],
    ['a source system of a novel', { ...PUSH, source_system_ids: ['x'.repeat(201)] }, ['source_system_ids.0']],
    ['credentials for what pushes', { ...PUSH, credentials_ref: `throughline/${TENANT}/x` }, ['credentials_ref']],
    ['a config for what pushes', { ...PUSH, config: { mode: 'organization' } }, ['config.mode']],
  ])('is refused with %s, naming the field', (_what, given, fields) => {
    expect(refused(given)).toEqual(fields);
  });

  it.each([
    ['config.instance_url', { ...SERVICENOW, config: { instance_url: 'https://evil-service-now.com' } }],
    ['config.instance_url', { ...SERVICENOW, config: { instance_url: 'https://x.services.ai.azure.com' } }],
    [
      'config.project_endpoints.1',
      {
        ...FOUNDRY,
        config: {
          ...FOUNDRY.config,
          project_endpoints: [
            'https://acme-ai.services.ai.azure.com/api/projects/claims',
            'https://services.ai.azure.com.evil.example/api/projects/claims',
          ],
        },
      },
    ],
    ['credentials_ref', { ...ENTRA, credentials_ref: 'throughline/acme/entra' }],
    ['credentials_ref', { ...FOUNDRY, credentials_ref: `throughline/${TENANT}/../acme/entra` }],
  ])('is refused where %s leads to what is not its tenant\u2019s', (field, given) => {
    expect(() => newConnectorInstance(NewConnectorInstance.parse(given), context, TERMS)).toThrow(
      expect.objectContaining({ code: 'body_invalid', details: { field, refused: true } }),
    );
  });

  it('is refused where the hub allows no hosts at all, saying so', () => {
    const terms = { ...TERMS, source_hosts: { servicenow: [], foundry: [] } };
    expect(() => newConnectorInstance(NewConnectorInstance.parse(SERVICENOW), context, terms)).toThrow(
      'this hub allows none',
    );
  });
});
