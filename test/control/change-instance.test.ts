import { describe, expect, it } from 'vitest';
import {
  type ChangeContext,
  ConnectorInstanceChange,
  changeInstance,
  deletedInstance,
} from '../../src/control/change-instance.ts';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import { later } from '../../src/kernel/time.ts';
import { anInstance, aPushInstance, aScope, aServiceNowInstance, ONE, START, TENANT, TERMS, TWO } from './builders.ts';

const NOW = later(START, 60_000);
const context = (given: Partial<ChangeContext> = {}): ChangeContext => ({
  terms: TERMS,
  scopes: [],
  now: NOW,
  ...given,
});
const change = (instance: ConnectorInstance, body: unknown, given: Partial<ChangeContext> = {}) =>
  changeInstance(instance, ConnectorInstanceChange.parse(body), context(given));
const refused = (body: unknown): readonly string[] =>
  ConnectorInstanceChange.safeParse(body).error?.issues.map(({ path, code, ...issue }) =>
    [...path, ...('keys' in issue ? issue.keys : [])].join('.'),
  ) ?? [];

const ONLY_ONE = { mode: 'accounts', account_ids: [ONE], regions: ['eu-west-1', 'us-east-1'] };

describe('the body of a change', () => {
  it.each([
    ['nothing to change', {}, ''],
    ['an external id', { external_id: 'mine' }, 'external_id'],
    ['a kind', { connector_kind: 'push' }, 'connector_kind'],
    ['a tenant', { tenant_id: 'acme' }, 'tenant_id'],
    ['a workspace', { workspace_id: 'payments' }, 'workspace_id'],
    ['an id', { _id: 'instance-2' }, '_id'],
    ['a version', { version: 9 }, 'version'],
    ['a run number', { last_seq: 0 }, 'last_seq'],
    ['capabilities', { discovered_capabilities: {} }, 'discovered_capabilities'],
    ['a status that is not for callers', { status: 'deleted' }, 'status'],
    ['a name that is none', { display_name: '' }, 'display_name'],
    ['a name with an escape', { display_name: 'a\u001b[2J' }, 'display_name'],
    ['a config that is text', { config: 'x' }, 'config'],
    ['no source systems', { source_system_ids: [] }, 'source_system_ids'],
    ['a source system twice', { source_system_ids: ['a', 'a'] }, 'source_system_ids'],
    ['a source system with a space', { source_system_ids: ['a b'] }, 'source_system_ids.0'],
  ])('is refused with %s, naming the field', (_what, body, field) => {
    expect(refused(body)[0]).toBe(field);
  });
});

describe('a change of an instance', () => {
  it('names what differs, counts the version and keeps the rest', () => {
    const before = anInstance();
    const { document, fields } = change(before, { display_name: 'Media', status: 'disabled' });
    expect(document).toEqual({
      ...before,
      display_name: 'Media',
      status: 'disabled',
      updated_at: NOW.toISOString(),
      version: 2,
    });
    expect(fields).toEqual(['display_name', 'status']);
  });

  it('to what it is already is none', () => {
    const before = anInstance();
    expect(change(before, { display_name: 'MediaPro', status: 'active' })).toEqual({ document: before, fields: [] });
  });

  it('is refused once it is deleted', () => {
    expect(() => change(anInstance({ status: 'deleted' }), { display_name: 'x' })).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
  });

  it('keeps the external id whatever the config says', () => {
    expect(() => change(anInstance(), { config: { ...ONLY_ONE, external_id: 'mine' } })).toThrow(
      expect.objectContaining({
        code: 'body_invalid',
        details: { errors: [{ field: 'config.external_id', message: 'is not a field of this config' }] },
      }),
    );
    expect(change(anInstance(), { config: ONLY_ONE }).document).toMatchObject({ external_id: 'throughline-0123' });
  });

  it('may not make an instance reach an organization that is another tenant\u2019s', () => {
    const foreign = anInstance({ tenant_id: 'acme' });
    const wanted = { config: { mode: 'organization', regions: ['eu-west-1'] } };
    expect(() => change(foreign, wanted)).toThrow(
      expect.objectContaining({ details: { field: 'config.mode', refused: true } }),
    );
    expect(change(anInstance(), wanted).document.config).toEqual(wanted.config);
  });

  it('may not make an instance reach another host or secret', () => {
    const servicenow = aServiceNowInstance();
    expect(() => change(servicenow, { config: { instance_url: 'https://evil-service-now.com' } })).toThrow(
      expect.objectContaining({ code: 'body_invalid', details: { field: 'config.instance_url', refused: true } }),
    );
    expect(() => change(servicenow, { credentials_ref: 'throughline/acme/servicenow' })).toThrow(
      expect.objectContaining({ code: 'body_invalid', details: { field: 'credentials_ref', refused: true } }),
    );
    expect(() => change(servicenow, { credentials_ref: `throughline/${TENANT}-evil/x` })).toThrow('credentials_ref: ');
    const moved = { instance_url: 'https://other.service-now.com' };
    expect(change(servicenow, { config: moved }).document.config).toEqual(moved);
  });

  it.each([
    ['credentials_ref', anInstance(), { credentials_ref: `throughline/${TENANT}/x` }],
    ['credentials_ref', aPushInstance(), { credentials_ref: `throughline/${TENANT}/x` }],
    ['source_system_ids', anInstance(), { source_system_ids: ['aws:111111111111'] }],
    ['source_system_ids', aServiceNowInstance(), { source_system_ids: ['servicenow:x'] }],
    ['config.mode', aPushInstance(), { config: { mode: 'organization' } }],
    ['config.instance_url', anInstance(), { config: { ...ONLY_ONE, instance_url: 'https://x.service-now.com' } }],
  ])('is refused with %s of another kind', (field, instance, body) => {
    expect(() => change(instance, body)).toThrow(
      expect.objectContaining({ code: 'body_invalid', message: expect.stringMatching(new RegExp(`^${field}: `)) }),
    );
  });

  it('gives a push instance other source systems to speak for', () => {
    const { document, fields } = change(aPushInstance(), { source_system_ids: ['jira:example'] });
    expect(document.source_system_ids).toEqual(['jira:example']);
    expect(fields).toEqual(['source_system_ids']);
  });

  it('may leave out the regions, whatever regions scopes name', () => {
    const scopes = [aScope({ _id: 'east', scope_keys: { account_ids: [], regions: ['us-east-1'] } })];
    const { document } = change(anInstance(), { config: { mode: 'accounts', account_ids: [ONE] } }, { scopes });
    expect(document.config).toEqual({ mode: 'accounts', account_ids: [ONE] });
  });

  it('is refused where it would leave scopes without the accounts or regions that they name, naming the scopes', () => {
    const scopes = [
      aScope({ _id: 'all' }),
      aScope({ _id: 'one', scope_keys: { account_ids: [ONE], regions: [] } }),
      aScope({ _id: 'two', scope_keys: { account_ids: [TWO, ONE], regions: [] } }),
      aScope({ _id: 'off', enabled: false, scope_keys: { account_ids: [TWO], regions: [] } }),
      aScope({ _id: 'east', scope_keys: { account_ids: [], regions: ['us-east-1'] } }),
    ];
    const narrow = { config: { ...ONLY_ONE, regions: ['eu-west-1'] } };
    expect(() => change(anInstance(), narrow, { scopes })).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringMatching(/^config: scopes two, off, east name accounts or regions/),
        details: { field: 'config', scopes: ['two', 'off', 'east'] },
      }),
    );
    expect(change(anInstance(), { config: ONLY_ONE }, { scopes: scopes.slice(0, 2) }).fields).toEqual(['config']);
  });
});

describe('a deleted instance', () => {
  it('says when, by whom, and that its end is to be seen to', () => {
    const at = NOW.toISOString();
    expect(deletedInstance(anInstance({ status: 'disabled' }), 'bob', NOW)).toEqual({
      ...anInstance(),
      status: 'deleted',
      deleted_at: at,
      deleted_by: 'bob',
      ending_since: at,
      updated_at: at,
      version: 2,
    });
  });

  it('is not deleted again', () => {
    const deleted = deletedInstance(anInstance(), 'bob', NOW);
    expect(deletedInstance(deleted, 'eve', later(NOW, 1_000))).toBe(deleted);
  });
});
