import { describe, expect, test } from 'vitest';
import { decoys } from '../../labs/mediapro/decoys.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { findPaths, type PathsFound } from '../../src/paths/find-paths.ts';
import type { Path } from '../../src/paths/path.ts';
import {
  aFunction,
  allow,
  anAttachedPolicy,
  anOrganization,
  aRole,
  aTable,
  DATA,
  graphOf,
  ORGANIZATION,
  policy,
  roleArn,
  tableArn,
  trusting,
  WORKLOADS,
} from '../graph/estate.ts';
import { CUSTOMERS, type MediaPro, mediaPro, READER, TAGGER_ROLE } from './mediapro.ts';

const found = (changes: MediaPro = {}): PathsFound => findPaths(graphOf(...mediaPro(changes)));

const through = (path: Path | undefined): readonly string[] => path?.hops.map(({ to }) => to.display_name) ?? [];

describe('the MediaPro story', () => {
  test('the function reaches the customers over a role in another account', () => {
    const [path, ...others] = found().paths;
    expect(others).toEqual([]);
    expect(path).toMatchObject({
      workload: { display_name: 'mp-content-tagger', account_id: WORKLOADS },
      resource: { source_record_id: CUSTOMERS, account_id: DATA },
      access_level: 'Read',
      sensitivity: {
        reason: 'data_classification',
        value: 'pii',
        evidence: [{ source_field_path: 'tags[data-classification]' }],
      },
      verdict: 'allowed',
      conditions: [],
      crosses_account_boundary: true,
      crosses_connector_boundary: false,
      alternatives: 0,
      alternatives_capped: false,
    });
    expect(path?.hops.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['RUNS_AS', TAGGER_ROLE],
      ['CAN_ASSUME', READER],
      ['CAN_ACCESS', CUSTOMERS],
    ]);
  });

  test('evidence names the statements of both sides, their records, the call and the run', () => {
    const [path] = found().paths;
    const seen = {
      api: 'iam:GetAccountAuthorizationDetails',
      run_id: 'run-1',
      observed_at: '2026-11-21T12:00:00.000Z',
    };
    const [runsAs, assume, access] = path?.hops ?? [];
    expect(runsAs?.evidence).toMatchObject([{ kind: 'edge', edge_type: 'RUNS_AS', api: 'lambda:ListFunctions' }]);
    expect(assume?.evidence).toMatchObject([
      {
        kind: 'statement',
        side: 'trust',
        source_record_id: READER,
        source_system_id: `aws:${DATA}`,
        source_field_path: 'AssumeRolePolicyDocument.Statement[0]',
        statement: { Effect: 'Allow', Principal: { AWS: TAGGER_ROLE } },
        ...seen,
      },
      {
        kind: 'statement',
        side: 'identity',
        source_record_id: TAGGER_ROLE,
        source_field_path: 'RolePolicyList[assume-reader].PolicyDocument.Statement[0]',
        sid: 'AssumeReader',
        ...seen,
      },
    ]);
    expect(access).toMatchObject({ action: 'dynamodb:GetItem', evidence: [{ sid: 'ReadCustomers' }] });
  });

  test('a trust that asks for an external id gives a path that says so', () => {
    const trust = trusting({ AWS: TAGGER_ROLE }, { Condition: { StringEquals: { 'sts:ExternalId': 'x1' } } });
    const [path] = found({ trust }).paths;
    const condition = {
      operator: 'StringEquals',
      key: 'sts:ExternalId',
      values: ['x1'],
      sentence: 'if `sts:ExternalId` is `x1`',
    };
    expect(path).toMatchObject({ verdict: 'conditional', conditions: [condition] });
    expect(path?.hops.map(({ verdict, conditions }) => [verdict, conditions])).toEqual([
      ['allowed', []],
      ['conditional', [condition]],
      ['allowed', []],
    ]);
  });

  test.each([
    [ORGANIZATION, [['allowed', []]]],
    ['o-another0000', []],
  ])('a trust that asks for the organization %s', (organization, expected) => {
    const trust = trusting(
      { AWS: TAGGER_ROLE },
      { Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } } },
    );
    expect(found({ trust }).paths.map(({ verdict, conditions }) => [verdict, conditions])).toEqual(expected);
  });
});

describe('decoys', () => {
  const lab = decoys({
    region: 'eu-west-1',
    organization_id: ORGANIZATION,
    accounts: { security: '111111111111', workloads: WORKLOADS, data: DATA },
  });
  const statements = (list: unknown): Json => JSON.parse(JSON.stringify(list));
  const quarantine = anAttachedPolicy(
    TAGGER_ROLE,
    `arn:aws:iam::${WORKLOADS}:policy/mp-no-quarantine`,
    policy({ Effect: 'Deny', Action: 'sts:AssumeRole', Resource: roleArn(DATA, 'mp-archive-quarantine') }),
  );

  test.each(lab.map((decoy) => [decoy.id, decoy] as const))('%s gives no path', (_, decoy) => {
    const identity = decoy.identity.length > 0 ? { own: { Statement: statements(decoy.identity) } } : {};
    const graph = graphOf(
      anOrganization(WORKLOADS, DATA),
      aFunction({ name: 'mp-content-tagger', role: TAGGER_ROLE }),
      aRole({
        name: 'mp-content-tagger-role',
        policies: identity,
        properties: { tags: [{ key: 'team', value: 'content' }] },
      }),
      quarantine,
      aRole({
        name: decoy.role,
        account: DATA,
        trust: { Statement: statements(decoy.trust) },
        policies: { read: policy(allow('dynamodb:GetItem', tableArn(DATA, decoy.reads))) },
      }),
      aTable({ name: decoy.reads }),
    );
    expect(findPaths(graph)).toMatchObject({ paths: [], undetermined: { can_assume: 0, can_access: 0 } });
  });

  test('a table that is not sensitive, or not known to be, ends no path', () => {
    const open = (tags: Readonly<Record<string, string>>) =>
      found({ table: aTable({ name: 'mp-pii-customers', tags }) });
    expect(open({ 'data-classification': 'Public' }).paths).toEqual([]);
    expect(open({ team: 'content' }).paths).toEqual([]);
    expect(open({ 'Data-Classification': 'internal' }).paths).toHaveLength(1);
    const unread = found({ table: aTable({ name: 'mp-pii-customers', properties: { tags: undefined } }) });
    expect(unread).toMatchObject({ paths: [], unclassified_resources: 1 });
  });
});

describe('not knowing', () => {
  test('a reader whose inline policies nobody could read gives no path, and is counted', () => {
    expect(found({ readerProperties: { inline_policies: undefined } })).toMatchObject({
      paths: [],
      undetermined: { can_assume: 0, can_access: 3 },
    });
  });

  test('a reader whose trust policy nobody could read gives no path, and is counted', () => {
    expect(found({ readerProperties: { trust_policy_hash: undefined } })).toMatchObject({
      paths: [],
      undetermined: { can_assume: 1, can_access: 0 },
    });
  });
});

describe('many ways', () => {
  test('chains go through several roles and accounts; one that may assume itself or comes back ends', () => {
    const relay = roleArn('444444444444', 'relay');
    const paths = found({
      tagger: { on: policy(allow('sts:AssumeRole', relay)) },
      trust: trusting({ AWS: [relay, READER] }),
    });
    expect(paths.paths).toEqual([]);
    const estate = mediaPro({
      tagger: { on: policy(allow('sts:AssumeRole', relay)) },
      trust: trusting({ AWS: [relay, READER] }),
    });
    const middle = aRole({
      name: 'relay',
      account: '444444444444',
      trust: trusting({ AWS: [TAGGER_ROLE, READER] }),
      policies: { on: policy(allow('sts:AssumeRole')) },
    });
    const [path] = findPaths(graphOf(...estate, middle)).paths;
    expect(through(path)).toEqual([
      'mp-content-tagger-role',
      'relay',
      'mp-cross-account-data-reader',
      'mp-pii-customers',
    ]);
  });

  test('the way without conditions is stored, the others are counted', () => {
    const aside = roleArn(DATA, 'aside');
    const graph = graphOf(
      ...mediaPro({
        tagger: { on: policy(allow('sts:AssumeRole')) },
        trust: trusting({ AWS: [TAGGER_ROLE] }, { Condition: { StringEquals: { 'sts:ExternalId': 'x1' } } }),
      }),
      aRole({
        name: 'aside',
        account: DATA,
        trust: trusting({ AWS: TAGGER_ROLE }),
        policies: { read: policy(allow('dynamodb:GetItem', CUSTOMERS)) },
      }),
    );
    const [path, ...others] = findPaths(graph).paths;
    expect(others).toEqual([]);
    expect(path).toMatchObject({ verdict: 'allowed', alternatives: 1 });
    expect(path?.hops[1]?.to.source_record_id).toBe(aside);
  });

  test('each access level and each set of boundaries is a path of its own', () => {
    const local = aFunction({ name: 'mp-profile-api', role: READER, account: DATA });
    const reader = { all: policy(allow('dynamodb:*', CUSTOMERS)) };
    const { paths } = findPaths(graphOf(...mediaPro({ reader }), local));
    const summary = paths.map(
      (path) => `${path.workload.display_name} ${path.access_level} ${path.crosses_account_boundary}`,
    );
    expect(summary.sort()).toEqual([
      'mp-content-tagger Admin true',
      'mp-content-tagger Read true',
      'mp-content-tagger Write true',
      'mp-profile-api Admin false',
      'mp-profile-api Read false',
      'mp-profile-api Write false',
    ]);
  });

  test('a search that ends at the most hops says so', () => {
    const graph = graphOf(...mediaPro());
    expect(findPaths(graph, { max_hops: 2 })).toMatchObject({ paths: [], workloads_cut_short: 1 });
    expect(findPaths(graph, { max_hops: 3 })).toMatchObject({ paths: [{}], workloads_cut_short: 0 });
  });
});
