import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StitchInput } from '../../src/stitch/computation.ts';
import { stitchComputation } from '../../src/stitch/compute.ts';
import { contentHash } from '../../src/stitch/stitched-path.ts';
import { TENANT } from '../graph/estate.ts';
import { CUSTOMERS, READER } from '../paths/mediapro.ts';
import { computedOf, UNDECIDED } from './computed.ts';
import { mediaProInputs } from './inputs.ts';

const computed = (inputs: readonly StitchInput[]) => computedOf(inputs);

describe('the pure part of a stitch', () => {
  it('finds the paths and counts what it was given', () => {
    const inputs = mediaProInputs();
    const { paths, entities, edges, policy_documents, unsettled, problems } = computed(inputs);
    expect(paths.map(({ resource }) => resource.source_record_id)).toEqual([CUSTOMERS]);
    expect(entities + edges + policy_documents).toBe(inputs.length);
    expect(entities).toBeGreaterThan(0);
    expect(unsettled).toEqual({
      can_assume: 0,
      can_control: 0,
      can_access: 0,
      unclassified_resources: 0,
      workloads_cut_short: 0,
    });
    expect(problems).toEqual([]);
  });

  it('finds nothing in nothing', () => {
    expect(computed([])).toMatchObject({ paths: [], entities: 0, edges: 0, policy_documents: 0 });
  });

  it('is the same whatever the order of the documents and the groups that they come in', () => {
    const inputs = mediaProInputs();
    const expected = computed(inputs);
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...inputs], { minLength: inputs.length }),
        fc.integer({ min: 1, max: 5 }),
        (order, size) => {
          const computation = stitchComputation(TENANT, UNDECIDED);
          for (let from = 0; from < order.length; from += size) computation.add(order.slice(from, from + size));
          expect({ ...computation.finish(), paths: expected.paths }).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('names the place of a policy that nobody can read', () => {
    const { problems } = computed(mediaProInputs({ trust: { Statement: 'nonsense' } }));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(READER);
  });

  it('says whose record it is that nobody can read', () => {
    const workspacesOf = (arn: string) => (arn === READER ? ['payments'] : ['platform']);
    const { problems } = computed(mediaProInputs({ trust: { Statement: 'nonsense' } }, workspacesOf));
    expect(problems.map(({ workspace_ids }) => workspace_ids)).toEqual([['payments']]);
  });
});

describe('the members of a path', () => {
  const membersOf = (workspacesOf: (arn: string) => readonly string[]) =>
    computed(mediaProInputs({}, workspacesOf)).paths[0]?.members;

  it('are one where the same workspaces claim everything on the way', () => {
    expect(membersOf(() => ['payments', 'platform'])).toEqual([{ workspace_ids: ['payments', 'platform'] }]);
  });

  it('are one for each set of workspaces that claims something on the way', () => {
    expect(membersOf((arn) => (arn === CUSTOMERS ? ['data'] : ['platform']))).toEqual([
      { workspace_ids: ['data'] },
      { workspace_ids: ['platform'] },
    ]);
  });

  it('leave out what nobody claims: a far end hides a path from nobody', () => {
    expect(membersOf((arn) => (arn === READER ? [] : ['platform']))).toEqual([{ workspace_ids: ['platform'] }]);
  });

  it('stay apart where the name of one workspace reads like the names of two', () => {
    expect(membersOf((arn) => (arn === CUSTOMERS ? ['data lake'] : ['data', 'lake']))).toHaveLength(2);
  });

  it('are part of what makes a path another one to write, the time of the look is not', () => {
    const hashes = (workspace: string) =>
      computed(mediaProInputs({}, () => [workspace])).paths.map((path) => contentHash(path));
    expect(hashes('platform')).toEqual(hashes('platform'));
    expect(hashes('platform')).not.toEqual(hashes('payments'));
  });
});
