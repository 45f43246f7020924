import { describe, expect, it } from 'vitest';
import { changeScope, deletedScope, ScanScopeChange } from '../../src/control/change-scope.ts';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import { later } from '../../src/kernel/time.ts';
import { anInstance, aScope, at, ONE, START, THREE } from './builders.ts';

const NOW = later(START, 60_000);
const change = (scope: ScanScope, body: unknown, instance = anInstance()) =>
  changeScope(scope, instance, ScanScopeChange.parse(body), NOW);
const refused = (body: unknown): readonly string[] =>
  ScanScopeChange.safeParse(body).error?.issues.map(({ path, code, ...issue }) =>
    [...path, ...('keys' in issue ? issue.keys : [])].join('.'),
  ) ?? [];
const hourly = (given: Partial<ScanScope> = {}): ScanScope =>
  aScope({ schedule: { every_minutes: 60 }, next_run_at: at(3_600), period_began_at: at(0), ...given });

describe('the body of a change', () => {
  it.each([
    ['nothing to change', {}, ''],
    ['an instance', { instance_id: 'instance-2' }, 'instance_id'],
    ['a tenant', { tenant_id: 'acme' }, 'tenant_id'],
    ['a time to run at', { next_run_at: at(0) }, 'next_run_at'],
    ['a deletion', { deleted_at: at(0) }, 'deleted_at'],
    ['no categories', { service_categories: [] }, 'service_categories'],
    ['a schedule that never rests', { schedule: { every_minutes: 1 } }, 'schedule.every_minutes'],
    ['a cron that is none', { schedule: { cron: 'x', timezone: 'UTC' } }, 'schedule.cron'],
    ['enabled as text', { enabled: 'yes' }, 'enabled'],
    ['keys that are null', { scope_keys: null }, 'scope_keys'],
  ])('is refused with %s, naming the field', (_what, body, field) => {
    expect(refused(body)[0]).toBe(field);
  });
});

describe('a change of a scope', () => {
  it('names what differs, counts the version and keeps when it is due', () => {
    const before = hourly();
    const { document, fields } = change(before, { service_categories: ['aws_s3', 'aws_iam', 'aws_s3'] });
    expect(document).toEqual({
      ...before,
      service_categories: ['aws_s3', 'aws_iam'],
      updated_at: NOW.toISOString(),
      version: 2,
    });
    expect(fields).toEqual(['service_categories']);
  });

  it('always has lists for keys', () => {
    const scope = aScope({ scope_keys: { account_ids: [ONE], regions: ['eu-west-1'] } });
    expect(change(scope, { scope_keys: {} }).document.scope_keys).toEqual({ account_ids: [], regions: [] });
  });

  it('to what it is already is none', () => {
    const before = hourly();
    const same = { schedule: { every_minutes: 60 }, enabled: true, service_categories: ['aws_iam'] };
    expect(change(before, same)).toEqual({ document: before, fields: [] });
  });

  it('of its cadence counts from now', () => {
    const { document } = change(hourly(), { schedule: { cron: '30 2 * * *', timezone: 'UTC' } });
    expect(document).toMatchObject({ next_run_at: '2026-11-22T02:30:00.000Z', period_began_at: at(60) });
  });

  it('that takes its schedule or budget away leaves none', () => {
    const { document, fields } = change(hourly({ budget: { max_minutes: 5 } }), { schedule: null, budget: null });
    expect(Object.keys(document)).toEqual(expect.not.arrayContaining(['schedule', 'budget', 'next_run_at']));
    expect(fields).toEqual(['budget', 'schedule']);
  });

  it('that disables it has it due never, and that enables it again has it due a period from now', () => {
    const { document: off } = change(hourly(), { enabled: false });
    expect(off).not.toHaveProperty('next_run_at');
    expect(change(off, { enabled: true }).document.next_run_at).toBe(at(3_660));
  });

  it('is refused for what its instance does not have', () => {
    expect(() => change(aScope(), { service_categories: ['aws_iot'] })).toThrow(
      expect.objectContaining({ code: 'unknown_category' }),
    );
    expect(() => change(aScope(), { scope_keys: { account_ids: [THREE] } })).toThrow(
      expect.objectContaining({ code: 'account_not_in_scope' }),
    );
  });

  it('is refused once scope or instance are deleted', () => {
    const deleted = deletedScope(aScope(), 'bob', NOW);
    expect(() => change(deleted, { enabled: true })).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(() => change(aScope(), { enabled: false }, anInstance({ status: 'deleted' }))).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
  });
});

describe('a deleted scope', () => {
  it('is due never, says when and by whom, and that its end is to be seen to', () => {
    const deleted = deletedScope(hourly(), 'bob', NOW);
    expect(deleted).toMatchObject({ enabled: false, deleted_at: at(60), deleted_by: 'bob', ending_since: at(60) });
    expect(deleted).not.toHaveProperty('next_run_at');
    expect(deletedScope(deleted, 'eve', later(NOW, 1_000))).toBe(deleted);
  });
});
