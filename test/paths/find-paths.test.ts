import { describe, expect, test } from 'vitest';
import { findPaths, type PathsFound } from '../../src/paths/find-paths.ts';
import { NOTHING_JOINED } from '../../src/paths/joined.ts';
import type { Path } from '../../src/paths/path.ts';
import {
  aFunction,
  allow,
  anAttachedPolicy,
  anEdge,
  anEntity,
  aRole,
  DATA,
  edgesOnly,
  functionArn,
  graphOf,
  ORGANIZATION,
  policy,
  roleArn,
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

  test('a condition that two hops ask for is one condition of the path', () => {
    const office = { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } };
    const [path] = found({
      tagger: { assume: policy(allow('sts:AssumeRole', READER, office)) },
      reader: { read: policy(allow('dynamodb:GetItem', CUSTOMERS, office)) },
    }).paths;
    expect(path?.hops.map(({ conditions }) => conditions.length)).toEqual([0, 1, 1]);
    expect(path?.conditions.map(({ sentence }) => sentence)).toEqual(['if `aws:SourceIp` is in `192.0.2.0/24`']);
  });

  test('a policy that gives and takes is shown with both statements and attached once', () => {
    const managed = `arn:aws:iam::${WORKLOADS}:policy/assume`;
    const unlessFromAfar = { Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } };
    const document = policy(allow('sts:AssumeRole', READER), {
      Effect: 'Deny',
      Action: 'sts:AssumeRole',
      Resource: '*',
      ...unlessFromAfar,
    });
    const graph = graphOf(...mediaPro({ tagger: {} }), anAttachedPolicy(TAGGER_ROLE, managed, document));
    const [path] = findPaths(graph).paths;
    expect(path?.verdict).toBe('conditional');
    const shown = path?.hops[1]?.evidence.map((one) =>
      one.kind === 'correlation' ? one.rule_id : `${one.kind} ${one.source_field_path}`,
    );
    expect(shown?.sort()).toEqual([
      `edge HAS_POLICY[${managed}]`,
      'statement AssumeRolePolicyDocument.Statement[0]',
      'statement PolicyVersionList[IsDefaultVersion].Document.Statement[0]',
      'statement PolicyVersionList[IsDefaultVersion].Document.Statement[1]',
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

  test('a way over something without an account still leaves the account of the workload', () => {
    const subject = anEntity('external_aws_principal', 'arn:aws:federation:::subject/pipeline', {});
    const [fn, role] = [functionArn(WORKLOADS, 'mp-content-tagger'), READER];
    const graph = graphOf(
      ...mediaPro({ tagger: {} }),
      { entities: [subject], edges: [], policy_documents: [] },
      edgesOnly(
        anEdge('AUTHENTICATES_AS', fn, subject.source_record_id),
        anEdge('AUTHENTICATES_AS', subject.source_record_id, role),
      ),
    );
    const [path] = findPaths(graph).paths;
    expect(through(path)).toEqual(['pipeline', 'mp-cross-account-data-reader', 'mp-pii-customers']);
    expect(path?.hops[0]?.to).not.toHaveProperty('account_id');
    expect(path).toMatchObject({ crosses_account_boundary: true, crosses_connector_boundary: false });
  });

  test('a path over something of another connector says so, and claims no account for it', () => {
    const issuer = { source_system_id: 'https://issuer.example', source_record_id: 'arn:none:x:::subject' };
    const subject = { ...anEntity('external_oidc_subject', issuer.source_record_id, {}), ...issuer };
    const api = aFunction({ name: 'mp-profile-api', role: READER, account: DATA });
    const graph = graphOf(
      ...mediaPro({ tagger: {} }),
      { ...api, edges: [] },
      { entities: [subject], edges: [], policy_documents: [] },
      edgesOnly(
        anEdge('AUTHENTICATES_AS', functionArn(DATA, 'mp-profile-api'), issuer.source_record_id),
        anEdge('AUTHENTICATES_AS', issuer.source_record_id, READER),
      ),
    );
    const [path] = findPaths(graph).paths;
    expect(path).toMatchObject({ crosses_account_boundary: false, crosses_connector_boundary: true });
  });

  test('a search that ends at the most hops says so', () => {
    const graph = graphOf(...mediaPro());
    expect(findPaths(graph, NOTHING_JOINED, { max_hops: 2 })).toMatchObject({ paths: [], workloads_cut_short: 1 });
    expect(findPaths(graph, NOTHING_JOINED, { max_hops: 3 })).toMatchObject({ paths: [{}], workloads_cut_short: 0 });
  });
});
