import { describe, expect, test } from 'vitest';
import { findPaths } from '../../src/paths/find-paths.ts';
import type { Path } from '../../src/paths/path.ts';
import { DATA, graphOf, WORKLOADS } from '../graph/estate.ts';
import { CUSTOMERS, type MediaPro, mediaPro, READER, TAGGER_ROLE } from './mediapro.ts';

const pathsOf = (changes: MediaPro = {}): readonly Path[] => findPaths(graphOf(...mediaPro(changes))).paths;

describe('the MediaPro story', () => {
  test('the function reaches the customers over a role in another account', () => {
    const [path, ...others] = pathsOf();
    expect(others).toEqual([]);
    expect(path).toMatchObject({
      workload: { display_name: 'mp-content-tagger', account_id: WORKLOADS },
      resource: { source_record_id: CUSTOMERS, account_id: DATA },
      access_level: 'Read',
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
    const [path] = pathsOf();
    const seen = {
      api: 'iam:GetAccountAuthorizationDetails',
      run_id: 'run-1',
      observed_at: '2026-11-21T12:00:00.000Z',
    };
    expect(path?.hops[0]?.evidence).toMatchObject([
      { kind: 'edge', edge_type: 'RUNS_AS', api: 'lambda:ListFunctions' },
    ]);
    expect(path?.hops[1]?.evidence).toMatchObject([
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
    expect(path?.hops[2]).toMatchObject({ action: 'dynamodb:GetItem', evidence: [{ sid: 'ReadCustomers' }] });
  });
});
