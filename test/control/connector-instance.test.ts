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
        details: { field: 'config.mode' },
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
