import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/graph/graph.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import {
  aBucket,
  aFunction,
  allow,
  aRole,
  DATA,
  graphOf,
  type Part,
  partsOf,
  policy,
  TENANT,
  trusting,
} from '../graph/estate.ts';
import { ASSUME_READER, CUSTOMERS, mediaPro, READER, seenIn } from './mediapro.ts';

describe('the same observations give the same paths', () => {
  const estate: Part = partsOf([
    ...mediaPro({ tagger: { ...ASSUME_READER, all: policy(allow(['sts:AssumeRole', 's3:GetObject'])) } }),
    aFunction({ name: 'mp-profile-api', role: READER, account: DATA }),
    aRole({
      name: 'aside',
      account: DATA,
      trust: trusting('*'),
      policies: { read: policy(allow('dynamodb:*')), two: policy(allow('s3:*')) },
    }),
    aBucket({ name: 'exports' }),
  ]);

  test('in any order', () => {
    const expected = findPaths(buildGraph({ tenant_id: TENANT, ...estate }));
    expect(expected.paths.length).toBeGreaterThan(5);
    const shuffled = <T>(list: readonly T[]) =>
      fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
    const documents = fc.record({
      entities: shuffled(estate.entities),
      edges: shuffled(estate.edges),
      policy_documents: shuffled(estate.policy_documents),
    });
    fc.assert(
      fc.property(documents, (input) => {
        expect(findPaths(buildGraph({ tenant_id: TENANT, ...input }))).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  test('whichever run saw them, but not whatever they say', () => {
    const seenAgain = seenIn(estate, { run_id: 'run-2', observed_at: '2026-11-22T12:00:00.000Z' });
    const hashes = (part: Part) => findPaths(graphOf(part)).paths.map(({ _id, path_hash }) => [_id, path_hash]);
    expect(hashes(seenAgain)).toEqual(hashes(estate));
    const renamed = { renamed: policy(allow('dynamodb:GetItem', CUSTOMERS)) };
    const [path] = findPaths(graphOf(...mediaPro())).paths;
    const [other] = findPaths(graphOf(...mediaPro({ reader: renamed }))).paths;
    expect(other?._id).toBe(path?._id);
    expect(other?.path_hash).not.toBe(path?.path_hash);
  });

  test('an empty tenant has no paths', () => {
    expect(findPaths(graphOf())).toEqual({
      paths: [],
      undetermined: { can_assume: 0, can_control: 0, can_access: 0 },
      unclassified_resources: 0,
      workloads_cut_short: 0,
    });
  });
});
