import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AuditEvent, auditEvent } from '../../src/control/audit.ts';
import * as store from '../../src/store/audit-events.ts';
import { COLLECTIONS, WITH_OUTBOX } from '../../src/store/collections.ts';
import { at, TENANCY, TENANT, WORKSPACE } from '../control/builders.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const CHECKOUT = path.resolve(import.meta.dirname, '../..');
const EVERYBODY = { tenant_id: TENANT, workspace_ids: [WORKSPACE] };

const event = (n: number, overrides: Partial<AuditEvent> = {}) =>
  auditEvent({
    ...TENANCY,
    actor: 'ada',
    action: 'scan_run.started',
    target: `run-${n}`,
    at: at(n),
    request_id: `request-${n}`,
    ...overrides,
  });
const append = async (...events: readonly AuditEvent[]) => {
  for (const one of events) await store.appendAudit(db(), one);
};
const targets = async (query: store.AuditQuery, limit = 100, after?: store.AuditCursor) =>
  (await store.listAudit(db(), EVERYBODY, query, limit, after)).map(({ target }) => target);

describe('the audit', () => {
  it('is read newest first, in pages that lose and repeat nothing also where moments are equal', async () => {
    await append(...[1, 2, 3].map((n) => event(n)), event(4, { at: at(3) }), event(5, { at: at(3) }));
    const seen: string[] = [];
    let after: store.AuditCursor | undefined;
    for (;;) {
      const page = await store.listAudit(db(), EVERYBODY, {}, 2, after);
      seen.push(...page.map(({ target }) => target));
      after = page.at(-1);
      if (page.length < 2) break;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen.slice(0, 3))).toEqual(new Set(['run-3', 'run-4', 'run-5']));
    expect(seen.slice(3)).toEqual(['run-2', 'run-1']);
  });

  it.each<[string, store.AuditQuery, readonly string[]]>([
    ['actor', { actor: 'bob' }, ['run-2']],
    ['action', { action: 'scan_run.finished' }, ['run-3']],
    ['target', { target: 'run-1' }, ['run-1']],
    ['beginning, inclusive', { since: at(2) }, ['run-3', 'run-2']],
    ['end, exclusive', { until: at(2) }, ['run-1']],
    ['all of them', { since: at(1), until: at(3), actor: 'ada' }, ['run-1']],
  ])('is narrowed by %s', async (_what, query, expected) => {
    await append(event(1), event(2, { actor: 'bob' }), event(3, { action: 'scan_run.finished' }));
    expect(await targets(query)).toEqual(expected);
  });

  it('shows a caller the workspaces of the token, of one tenant', async () => {
    await append(event(1), event(2, { workspace_id: 'payments' }), event(3, { tenant_id: 'acme' }));
    expect(await targets({})).toEqual(['run-1']);
  });

  it('keeps the first telling of an event', async () => {
    await append(event(1), { ...event(1), actor: 'mallory' });
    expect(await store.listAudit(db(), EVERYBODY, {}, 10)).toMatchObject([{ actor: 'ada' }]);
  });
});

describe('append-only', () => {
  it('is what the store exports: one way to write, one to read', () => {
    expect(Object.keys(store).toSorted()).toEqual(['AUDIT_EVENTS', 'appendAudit', 'listAudit']);
    const source = readFileSync(path.join(CHECKOUT, 'src/store/audit-events.ts'), 'utf8');
    const calls = [...source.matchAll(/(?<!\.)\.(\w+)\(/g)].map(([, name]) => name);
    const known = ['insertOne', 'find', 'sort', 'limit', 'toArray'];
    expect(calls.filter((name) => name && !known.includes(name))).toEqual([]);
  });

  it('is what everybody else keeps to: no other file names the collection', () => {
    const files = ['src', 'lambdas', 'bin', 'lib'].flatMap((folder) =>
      readdirSync(path.join(CHECKOUT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => path.join(folder, file)),
    );
    const naming = files.filter((file) =>
      /\bAUDIT_EVENTS\b|audit_events/.test(readFileSync(path.join(CHECKOUT, file), 'utf8')),
    );
    expect(naming.toSorted()).toEqual(['src/store/audit-events.ts', 'src/store/collections.ts']);
  });
});

describe('an outbox', () => {
  const STORES = path.join(CHECKOUT, 'src/store');
  const flushed = readdirSync(STORES).flatMap((file) =>
    [...readFileSync(path.join(STORES, file), 'utf8').matchAll(/flushOutbox\(\s*db,\s*([A-Z_]+)/g)].map(
      ([, plan]) => plan?.toLowerCase() ?? '',
    ),
  );

  it('is looked for by tick in every collection that any store empties one of', () => {
    const looked = WITH_OUTBOX.map(({ name }) => name);
    expect(new Set(flushed)).toEqual(new Set(looked));
    expect(looked).toEqual(expect.arrayContaining(['connector_instances', 'scan_scopes', 'scan_runs']));
    const tick = readFileSync(path.join(CHECKOUT, 'lambdas/tick/index.ts'), 'utf8');
    expect(tick).toContain('flushLeft(db, WITH_OUTBOX');
  });

  it('is in no collection that has no index for it: tick asks each minute', () => {
    expect(COLLECTIONS.filter(({ name }) => flushed.includes(name))).toEqual(WITH_OUTBOX);
  });
});
