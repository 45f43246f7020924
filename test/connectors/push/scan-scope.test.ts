import { describe, expect, it } from 'vitest';
import { ANY_TYPE, pushTask } from '../../../src/connectors/push/read-items.ts';
import { pushCoverage, type ScanScopeStatement } from '../../../src/connectors/push/scan-scope.ts';

const TABLES = pushTask('servicenow_table', 'cmdb');
const CLIENTS = pushTask('servicenow_oauth_client', 'cmdb');

const full = (given: Partial<ScanScopeStatement> = {}): ScanScopeStatement => ({
  mode: 'full',
  sourceSystems: ['cmdb'],
  scannedEntityTypes: ['servicenow_table'],
  errors: [],
  ...given,
});

const statuses = (given: Partial<Parameters<typeof pushCoverage>[0]>) =>
  Object.fromEntries(
    pushCoverage({ statements: [], tasks: [], protects: [], ...given }).map(({ row }) => [
      `${row.collector} ${row.region}`,
      row.status,
    ]),
  );

describe('what a push run may remove', () => {
  it('is what it lists as scanned in full, and nothing else that it sent', () => {
    expect(statuses({ statements: [full()], tasks: [TABLES, CLIENTS] })).toEqual({
      'push.servicenow_table cmdb': 'complete',
      'push.servicenow_oauth_client cmdb': 'skipped',
    });
  });

  it('is nothing without a statement, and nothing of what was sent in part', () => {
    expect(statuses({ tasks: [TABLES] })).toEqual({ 'push.servicenow_table cmdb': 'skipped' });
    expect(statuses({ statements: [full(), full({ mode: 'incremental' })] })).toEqual({
      'push.servicenow_table cmdb': 'skipped',
    });
  });

  it('is not mixed from two statements: types of one with systems of the other', () => {
    const other = full({ sourceSystems: ['hr'], scannedEntityTypes: ['human_identity'] });
    expect(Object.keys(statuses({ statements: [full(), other] })).sort()).toEqual([
      'push.human_identity hr',
      'push.servicenow_table cmdb',
    ]);
  });

  it('is nothing that an error touches', () => {
    const both = full({ scannedEntityTypes: ['servicenow_table', 'servicenow_oauth_client'] });
    const withError = (error: ScanScopeStatement['errors'][number]) =>
      statuses({ statements: [{ ...both, errors: [error] }] });
    expect(withError({ entity_type: 'servicenow_table', message: 'timeout' })).toEqual({
      'push.servicenow_table cmdb': 'failed',
      'push.servicenow_oauth_client cmdb': 'complete',
    });
    expect(Object.values(withError({ message: 'timeout' }))).toEqual(['failed', 'failed']);
    expect(withError({ source_system_id: 'hr', message: 'timeout' })).toMatchObject({
      'push.servicenow_table cmdb': 'complete',
      'push.* hr': 'failed',
    });
  });

  it('is nothing of a type of which an item was rejected', () => {
    expect(statuses({ statements: [full()], protects: ['servicenow_table'] })).toEqual({
      'push.servicenow_table cmdb': 'failed',
    });
    expect(statuses({ statements: [full()], protects: [ANY_TYPE] })).toEqual({
      'push.servicenow_table cmdb': 'failed',
    });
    expect(statuses({ protects: [ANY_TYPE] })).toEqual({ 'push.* *': 'failed' });
  });

  it('keeps the code of an error that we know, and the words of any', () => {
    const [row] = pushCoverage({
      statements: [full({ errors: [{ code: 'throttled', message: 'slow down' }] })],
      tasks: [],
      protects: [],
    });
    expect(row).toMatchObject({ row: { code: 'throttled' }, errors: [{ message: 'throttled: slow down' }] });
  });
});
