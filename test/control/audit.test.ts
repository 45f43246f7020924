import { describe, expect, it } from 'vitest';
import { auditEntry, auditEvent } from '../../src/control/audit.ts';
import { START, TENANCY } from './builders.ts';

const told = {
  ...TENANCY,
  actor: 'ada',
  action: 'scan_run.started',
  target: 'run-1',
  at: START.toISOString(),
  request_id: 'request-1',
};

describe('an audit event', () => {
  it('has the same id whenever the same thing is told', () => {
    expect(auditEvent({ ...told, at: '2027-01-01T00:00:00.000Z', actor: 'bob' })._id).toBe(auditEvent(told)._id);
  });

  it.each([{ tenant_id: 'acme' }, { action: 'scan_run.finished' }, { target: 'run-2' }, { request_id: 'request-2' }])(
    'is another one with %j',
    (other) => {
      expect(auditEvent({ ...told, ...other })._id).not.toBe(auditEvent(told)._id);
    },
  );

  it('waits in an outbox under its own id', () => {
    const event = auditEvent(told);
    expect(auditEntry(told)).toEqual({ id: event._id, kind: 'audit', event });
  });
});
