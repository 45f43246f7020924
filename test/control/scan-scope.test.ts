import { describe, expect, it } from 'vitest';
import { NewScanScope, newScanScope, nextRunAt } from '../../src/control/scan-scope.ts';
import { anInstance, ONE, START, TENANCY, THREE } from './builders.ts';

const given = (more: object = {}) => ({
  instance_id: 'instance-1',
  scope_keys: {},
  service_categories: ['aws_iam'],
  ...more,
});
const context = { ...TENANCY, id: 'scope-1', now: START, created_by: 'ada' };
const make = (more: object = {}, instance = anInstance()) =>
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
    ['a schedule of over a week', given({ schedule: { every_minutes: 10_081 } }), 'schedule.every_minutes'],
    ['a schedule of half minutes', given({ schedule: { every_minutes: 7.5 } }), 'schedule.every_minutes'],
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
});

describe('when a scope is due', () => {
  it('is its period after it was made', () => {
    expect(make({ schedule: { every_minutes: 60 } }).next_run_at).toBe('2026-11-21T13:00:00.000Z');
  });

  it('is never without a schedule, nor while it is disabled', () => {
    expect(make()).not.toHaveProperty('next_run_at');
    expect(make({ schedule: { every_minutes: 60 }, enabled: false })).not.toHaveProperty('next_run_at');
  });

  it('is counted from now: ticks that were missed are not made up for one by one', () => {
    const monday = new Date('2026-11-23T08:13:00.000Z');
    expect(nextRunAt({ schedule: { every_minutes: 5 } }, monday)).toBe('2026-11-23T08:18:00.000Z');
    expect(nextRunAt({}, monday)).toBeUndefined();
  });
});
