import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type HubConfig, parseConfig } from '../../lib/config.ts';
import { readConfig } from '../../lib/config-file.ts';
import { exampleConfig, type Overrides } from './example.ts';

const { organization, oidc } = exampleConfig();

/** The lines of the error that a document gives; empty if it gives none. */
function complaints(document: unknown): readonly string[] {
  try {
    parseConfig(document, 'config/mine.json');
    return [];
  } catch (error) {
    return String(error)
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

const MINIMAL = {
  account: '111111111111',
  region: 'eu-west-1',
  oidc: { issuer: 'https://login.example.com/', audience: ['throughline'] },
  accounts: ['222222222222'],
};

test('what is not said has a default', () => {
  const { name, spoke_role_name, source_hosts, stitch, collector, log_retention_days } = parseConfig(MINIMAL, 'test');
  const defaults: Partial<HubConfig> = {
    name,
    spoke_role_name,
    source_hosts,
    stitch,
    collector,
    log_retention_days,
  };
  expect(defaults).toEqual({
    name: 'throughline',
    spoke_role_name: 'SecurityV0ReadOnly',
    source_hosts: { servicenow: ['*.service-now.com'], foundry: ['*.services.ai.azure.com'] },
    stitch: { delay_seconds: 60, patience_seconds: 300, memory_mb: 3008, max_hops: 8, max_alternatives: 10 },
    collector: { max_concurrency: 100, memory_mb: 512, timeout_seconds: 900, part_size: 50_000 },
    log_retention_days: 90,
  });
  expect(parseConfig(MINIMAL, 'test').oidc.claims).toEqual({
    tenant: 'org_id',
    workspaces: 'workspaces',
    permissions: 'permissions',
  });
});

const CASES: readonly { readonly what: string; readonly wrong: Overrides; readonly says: string }[] = [
  {
    what: 'an unknown field',
    wrong: { acount: '1' },
    says: 'acount: is not a field of the configuration; remove it',
  },
  {
    what: 'an unknown field inside another',
    wrong: { organization: { ...organization, external_id: 'mine' } },
    says: 'organization.external_id: is not a field of the configuration; remove it',
  },
  {
    what: 'an account id as a number',
    wrong: { account: 111_111_111_111 },
    says: 'account: must be an AWS account id: twelve digits in quotes, leading zeros included, as text',
  },
  {
    what: 'an account id that is too short',
    wrong: { accounts: ['222222222222', '12345'] },
    says: 'accounts.1: must be an AWS account id: twelve digits in quotes, leading zeros included',
  },
  {
    what: 'an account that is named twice',
    wrong: { accounts: ['222222222222', '222222222222'] },
    says: 'accounts: must name each account once',
  },
  {
    what: 'every host there is',
    wrong: { source_hosts: { servicenow: ['*'] } },
    says: 'source_hosts.servicenow.0: must be a host name in lower case, such as itsm.example.com or *.service-now.com',
  },
  {
    what: 'every host of a top-level domain',
    wrong: { source_hosts: { foundry: ['*.com'] } },
    says: 'source_hosts.foundry.0: must be a host name in lower case, such as itsm.example.com or *.service-now.com',
  },
  {
    what: 'hosts of a source system whose address nobody gives',
    wrong: { source_hosts: { entra: ['*.example.com'] } },
    says: 'source_hosts.entra: is not a field of the configuration; remove it',
  },
  {
    what: 'a malformed organization id',
    wrong: { organization: { ...organization, id: 'r-a1b2' } },
    says: 'organization.id: must be an organization id: "o-" and 10 to 32 letters and digits',
  },
  {
    what: 'a tenant that no token can carry',
    wrong: { organization: { ...organization, tenant_id: 'enterprise nimbus' } },
    says: 'organization.tenant_id: must be the tenant that the organization belongs to, by the value of its tenant claim: letters, digits, ".", "_" and "-"',
  },
  {
    what: 'a malformed organizational unit',
    wrong: { organization: { ...organization, organizational_unit_ids: ['MediaPro'] } },
    says: 'organization.organizational_unit_ids.0: must be an organizational unit id (ou-...) or the root id (r-...)',
  },
  {
    what: 'a missing issuer',
    wrong: { oidc: { audience: ['throughline'] } },
    says: 'oidc.issuer: is missing; must be the https URL of the OIDC issuer, exactly as in the "iss" of its tokens, as text',
  },
  {
    what: 'an issuer over plain http',
    wrong: { oidc: { ...oidc, issuer: 'http://login.example.com/' } },
    says: 'oidc.issuer: must be the https URL of the OIDC issuer, exactly as in the "iss" of its tokens',
  },
  {
    what: 'an issuer that only begins like this machine',
    wrong: { oidc: { ...oidc, issuer: 'http://127.0.0.1.example.com/' } },
    says: 'oidc.issuer: must be the https URL of the OIDC issuer, exactly as in the "iss" of its tokens',
  },
  {
    what: 'no audience',
    wrong: { oidc: { ...oidc, audience: [] } },
    says: 'oidc.audience: must list at least one accepted "aud" of the tokens',
  },
  {
    what: 'a delay that SQS does not know',
    wrong: { stitch: { delay_seconds: 901 } },
    says: 'stitch.delay_seconds: must be whole seconds from 0 to 900',
  },
  {
    what: 'a concurrency of one, which event sources do not have',
    wrong: { collector: { max_concurrency: 1 } },
    says: 'collector.max_concurrency: must be a whole number from 2 to 1000',
  },
  {
    what: 'a role name with a path',
    wrong: { spoke_role_name: 'audit/SecurityV0ReadOnly' },
    says: 'spoke_role_name: must be the name of an IAM role: at most 56 characters, without a path',
  },
  {
    what: 'nothing to look at',
    wrong: { accounts: [] },
    says: 'organization: is missing; must be there, or "accounts" must name at least one account: this hub could look at nothing',
  },
  {
    what: 'an alarm topic that is no ARN',
    wrong: { alarm_topic_arn: 'security-alarms' },
    says: 'alarm_topic_arn: must be the ARN of an SNS topic: arn:aws:sns:<region>:<account id>:<name>',
  },
];

describe('a wrong configuration says which field, and what to do', () => {
  test.each(CASES)('$what', ({ wrong, says }) => {
    expect(complaints({ ...MINIMAL, ...wrong })).toEqual([says]);
  });

  test('a retention that CloudWatch does not know names those that it does', () => {
    expect(complaints({ ...MINIMAL, log_retention_days: 91 })).toEqual([
      expect.stringMatching(/^log_retention_days: must be one of .*\b90, 120\b/),
    ]);
  });

  test('every wrong field is named at once', () => {
    const fields = complaints({ region: 'Ireland', oidc: {}, accounts: ['x'], colour: 1 }).map(
      (it) => it.split(':')[0],
    );
    expect(fields.sort()).toEqual(['account', 'accounts.0', 'colour', 'oidc.audience', 'oidc.issuer', 'region']);
  });

  test('a document that is none', () => {
    expect(complaints([])).toEqual([expect.stringMatching(/^the document: /)]);
  });
});

test('an issuer on this machine may be without TLS', () => {
  expect(complaints({ ...MINIMAL, oidc: { ...oidc, issuer: 'http://127.0.0.1:4711' } })).toEqual([]);
});

describe('the file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hub-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };

  test('is one of config/ by its name, or any by its path', () => {
    expect(readConfig('example').name).toBe('throughline');
    expect(readConfig(written('mine.json', JSON.stringify({ ...MINIMAL, name: 'mine' }))).name).toBe('mine');
  });

  test.each([
    ['no choice', undefined, /choose a configuration with -c config=<name>; config\/ has .*example/],
    ['a name that is not there', 'missing', /cannot read the configuration .*missing\.json; config\/ has .*example/],
    ['a name that leads elsewhere', 'x/../../package', /must be a name or a path with \.\/ in front/],
  ])('%s is an error that says what there is', (_, choice, says) => {
    expect(() => readConfig(choice)).toThrow(says);
  });

  test('that is no JSON is named', () => {
    expect(() => readConfig(written('broken.json', '{'))).toThrow(/broken\.json is not JSON/);
  });

  test('is named in the error about its fields', () => {
    expect(() => readConfig(written('empty.json', '{}'))).toThrow(
      /empty\.json is not a configuration of the hub:\n {2}account: is missing/,
    );
  });
});
