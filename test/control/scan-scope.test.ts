import { describe, expect, it } from 'vitest';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import { NewScanScope, newScanScope } from '../../src/control/scan-scope.ts';
import { anInstance, aPushInstance, ONE, START, TENANCY, THREE } from './builders.ts';

const given = (more: object = {}) => ({
  instance_id: 'instance-1',
  scope_keys: {},
  service_categories: ['aws_iam'],
  ...more,
});
const context = { ...TENANCY, id: 'scope-1', now: START, created_by: 'ada' };
const make = (more: object = {}, instance: ConnectorInstance = anInstance()) =>
  newScanScope(NewScanScope.parse(given(more)), instance, context);

const refused = (body: unknown): readonly string[] =>
  NewScanScope.safeParse(body).error?.issues.map(({ path, code, ...issue }) =>
    [...path, ...('keys' in issue ? issue.keys : [])].join('.'),
  ) ?? [];

describe('the body of a new scope', () => {
  it.each([
    ['no instance', given({ instance_id: '' }), 'instance_id'],
    ['no categories', given({ service_categories: [] }), 'service_categories'],
    ['an account id as a number', given({ scope_keys: { account_ids: [1] } }), 'scope_keys.account_ids.0'],
    ['a key that nobody knows', given({ scope_keys: { ous: ['r-1'] } }), 'scope_keys.ous'],
    ['a schedule that never rests', given({ schedule: { every_minutes: 4 } }), 'schedule.every_minutes'],
    ['a cron that is none', given({ schedule: { cron: 'daily', timezone: 'UTC' } }), 'schedule.cron'],
    ['a zone that is none', given({ schedule: { cron: '0 0 * * *', timezone: 'Mars' } }), 'schedule.timezone'],
    ['a schedule of two ways', given({ schedule: { every_minutes: 60, cron: '0 0 * * *' } }), 'schedule.cron'],
    ['a budget of nothing', given({ budget: {} }), 'budget'],
    ['a budget of no calls', given({ budget: { max_api_calls: 0 } }), 'budget.max_api_calls'],
    ['a budget of half a minute', given({ budget: { max_minutes: 0.5 } }), 'budget.max_minutes'],
    ['a budget that nobody knows', given({ budget: { max_minutes: 1, max_dollars: 1 } }), 'budget.max_dollars'],
    ['categories as text', given({ service_categories: 'aws_iam' }), 'service_categories'],
    ['an account twice', given({ scope_keys: { account_ids: [ONE, ONE] } }), 'scope_keys.account_ids'],
    ['a region twice', given({ scope_keys: { regions: ['eu-west-1', 'eu-west-1'] } }), 'scope_keys.regions'],
    ['accounts as text', given({ scope_keys: { account_ids: ONE } }), 'scope_keys.account_ids'],
    ['a time of its own to run at', given({ next_run_at: START.toISOString() }), 'next_run_at'],
    ['a tenant of its own choice', given({ tenant_id: 'acme' }), 'tenant_id'],
  ])('is refused with %s, naming the field', (_what, body, field) => {
    expect(refused(body)).toEqual([field]);
  });
});

describe('a new scope', () => {
  it('covers everything of its instance and is enabled unless the body says otherwise', () => {
    expect(make()).toEqual({
      _id: 'scope-1',
      ...TENANCY,
      instance_id: 'instance-1',
      scope_keys: { account_ids: [], regions: [] },
      service_categories: ['aws_iam'],
      enabled: true,
      created_at: START.toISOString(),
      created_by: 'ada',
      version: 1,
    });
  });

  it('names a category once, however often the body does', () => {
    expect(make({ service_categories: ['aws_s3', 'aws_iam', 'aws_s3'] }).service_categories).toEqual([
      'aws_s3',
      'aws_iam',
    ]);
  });

  it('is refused for a category that the instance does not know, naming it and the known ones', () => {
    expect(() => make({ service_categories: ['aws_iam', 'aws_iot', 'azure_ad'] })).toThrow(
      expect.objectContaining({
        code: 'unknown_category',
        message: expect.stringMatching(
          /^service_categories: unknown aws_iot, azure_ad; .*aws_iam, aws_lambda, aws_s3$/,
        ),
        details: {
          field: 'service_categories',
          unknown: ['aws_iot', 'azure_ad'],
          known: 'aws_iam, aws_lambda, aws_s3',
        },
      }),
    );
  });

  it('is refused for an account that the instance does not name', () => {
    expect(() => make({ scope_keys: { account_ids: [ONE, THREE] } })).toThrow(
      expect.objectContaining({
        code: 'account_not_in_scope',
        details: { field: 'scope_keys.account_ids', outside: [THREE] },
      }),
    );
  });

  it('may name any account of an organization: who belongs to it is known when a run is planned', () => {
    const organization = anInstance({ config: { mode: 'organization', regions: ['eu-west-1'] } });
    expect(make({ scope_keys: { account_ids: [THREE] } }, organization).scope_keys.account_ids).toEqual([THREE]);
  });

  it('is refused for a region that the instance does not name', () => {
    expect(() => make({ scope_keys: { regions: ['eu-west-1', 'eu-north-1'] } })).toThrow(
      expect.objectContaining({
        code: 'body_invalid',
        details: { field: 'scope_keys.regions', outside: ['eu-north-1'] },
      }),
    );
  });

  it('may name any region where the instance names none, and nothing that could not be one', () => {
    const everywhere = anInstance({ config: { mode: 'organization' } });
    expect(make({ scope_keys: { regions: ['eu-north-1'] } }, everywhere).scope_keys.regions).toEqual(['eu-north-1']);
    expect(() => make({ scope_keys: { regions: ['eu-north-1', 'x.example/'] } }, everywhere)).toThrow(
      expect.objectContaining({ details: { field: 'scope_keys.regions', outside: ['x.example/'] } }),
    );
  });
});

describe('an instance that a scope is made of', () => {
  it('may be disabled, and not deleted', () => {
    expect(make({}, anInstance({ status: 'disabled' })).instance_id).toBe('instance-1');
    expect(() => make({}, anInstance({ status: 'deleted' }))).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: 'instance_id: the connector instance instance-1 is deleted',
      }),
    );
  });

  it('that pushes has its own category, and no accounts or regions', () => {
    const push = aPushInstance();
    expect(make({ service_categories: ['push'] }, push).scope_keys).toEqual({ account_ids: [], regions: [] });
    expect(() => make({ service_categories: ['aws_iam'] }, push)).toThrow('this instance knows push');
    expect(() => make({ service_categories: ['push'], scope_keys: { account_ids: [ONE] } }, push)).toThrow(
      expect.objectContaining({ code: 'account_not_in_scope' }),
    );
    expect(() => make({ service_categories: ['push'], scope_keys: { regions: ['eu-west-1'] } }, push)).toThrow(
      expect.objectContaining({ code: 'body_invalid' }),
    );
  });
});

describe('when a scope is due', () => {
  it('is its period after it was made', () => {
    expect(make({ schedule: { every_minutes: 60 } }).next_run_at).toBe('2026-11-21T13:00:00.000Z');
  });

  it('is counted from the moment that it was made', () => {
    expect(make({ schedule: { every_minutes: 60 } }).period_began_at).toBe(START.toISOString());
  });

  it('is never without a schedule, nor while it is disabled', () => {
    expect(make()).not.toHaveProperty('next_run_at');
    expect(make({ schedule: { every_minutes: 60 }, enabled: false })).not.toHaveProperty('next_run_at');
  });
});
