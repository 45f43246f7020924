import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import type { Cause } from '../../src/paths/cause.ts';
import { type ChangeContext, causesOfPath } from '../../src/paths/change.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import { type Joined, NOTHING_JOINED } from '../../src/paths/joined.ts';
import type { Path } from '../../src/paths/path.ts';
import {
  aFunction,
  allow,
  anAttachedPolicy,
  anOrganization,
  aRole,
  aTable,
  DATA,
  entityIn,
  functionArn,
  graphOf,
  type Part,
  policy,
  roleArn,
  trusting,
  WORKLOADS,
} from '../graph/estate.ts';
import { joinedAs } from './joined.ts';
import { ASSUME_READER, CUSTOMERS, type MediaPro, mediaPro, READER, seenIn, TAGGER_ROLE } from './mediapro.ts';

const LATER = { run_id: 'run-2', observed_at: '2026-11-22T12:00:00.000Z' };

/** An entity of a part of which the second run saw one property changed. */
const changedLater = (part: Part, property: string): Part => ({
  ...part,
  entities: part.entities.map((entity) => {
    const before = entity.property_provenance[property];
    if (!before) throw new Error(`nobody saw ${property}`);
    return { ...entity, property_provenance: { ...entity.property_provenance, [property]: { ...before, ...LATER } } };
  }),
});

interface Stitched {
  readonly graph: Graph;
  readonly joined: Joined;
  readonly path: Path | undefined;
}

function stitched(parts: readonly Part[], joinedIn: (graph: Graph) => Joined = () => NOTHING_JOINED): Stitched {
  const graph = graphOf(...parts);
  const joined = joinedIn(graph);
  const path = findPaths(graph, joined).paths.find(({ workload }) => workload.display_name === 'mp-content-tagger');
  return { graph, joined, path };
}

function causes(before: Stitched, after: Stitched, more: Partial<ChangeContext> = {}): readonly Cause[] {
  const context = {
    graph: after.graph,
    correlations: new Set(after.joined.correlations.map(({ _id }) => _id)),
    correlation_causes: new Map(),
    runs: new Set(['run-2']),
    first: false,
    ...more,
  };
  return causesOfPath(before.path, after.path, context);
}

const story = (changes: MediaPro = {}): Stitched => stitched(mediaPro(changes));

const trust = trusting({ AWS: TAGGER_ROLE });
const reader = (more: Partial<Parameters<typeof aRole>[0]> = {}): Part =>
  aRole({
    name: 'mp-cross-account-data-reader',
    account: DATA,
    trust,
    policies: { read: policy(allow('dynamodb:GetItem', CUSTOMERS)) },
    ...more,
  });
const around: readonly Part[] = [
  anOrganization(WORKLOADS, DATA),
  aFunction({ name: 'mp-content-tagger', role: TAGGER_ROLE }),
  aRole({ name: 'mp-content-tagger-role', policies: ASSUME_READER }),
  aTable({ name: 'mp-pii-customers' }),
];

describe('a path that appeared', () => {
  test('in the first stitch has no other cause', () => {
    expect(causes(stitched([]), story(), { first: true })).toEqual([
      { code: 'first_seen', message: 'there was no stitch before this one' },
    ]);
  });

  test('with a function that the run saw first', () => {
    const fn = aFunction({ name: 'mp-content-tagger', role: TAGGER_ROLE });
    const [organization, , ...others] = mediaPro();
    const after = stitched([...(organization ? [organization] : []), seenIn(fn, LATER), ...others]);
    expect(causes(stitched([]), after)).toMatchObject([
      { code: 'first_seen', message: expect.stringContaining('mp-content-tagger'), run_id: 'run-2' },
      { code: 'edge_appeared', message: expect.stringContaining('RUNS_AS'), run_id: 'run-2' },
    ]);
  });

  test('with a policy that the run saw changed', () => {
    const after = stitched([...around, changedLater(reader(), 'inline_policies')]);
    expect(causes(stitched([]), after)).toMatchObject([
      {
        code: 'policy_changed',
        subject: READER,
        run_id: 'run-2',
        message: expect.stringContaining('RolePolicyList[read]'),
      },
    ]);
  });

  test('with a tag on its resource', () => {
    const [a, b, c] = around;
    const table = changedLater(aTable({ name: 'mp-pii-customers' }), 'tags');
    const after = stitched([a, b, c].flatMap((part) => part ?? []).concat(reader(), table));
    expect(causes(stitched([]), after)).toMatchObject([
      { code: 'resource_classified', message: 'mp-pii-customers is sensitive: pii', run_id: 'run-2' },
    ]);
  });

  test('of which nothing is new says that it does not know', () => {
    expect(causes(stitched([]), story())).toMatchObject([{ code: 'unknown' }]);
  });
});

describe('a path that went', () => {
  test('with something on the way', () => {
    const after = stitched(around);
    expect(causes(story(), after)).toMatchObject([
      { code: 'entity_gone', message: expect.stringContaining('mp-cross-account-data-reader') },
    ]);
  });

  test('with the role that its function had', () => {
    const after = stitched([
      ...mediaPro().slice(0, 1),
      aFunction({ name: 'mp-content-tagger', role: roleArn(WORKLOADS, 'other') }),
      ...mediaPro().slice(2),
    ]);
    expect(causes(story(), after)).toMatchObject([
      { code: 'edge_went', message: expect.stringMatching(/^RUNS_AS from mp-content-tagger to/), run_id: 'run-2' },
    ]);
  });

  test('with a policy that the run saw changed', () => {
    const after = stitched([...around, changedLater(reader({ trust: trusting({ AWS: DATA }) }), 'trust_policy_hash')]);
    expect(causes(story(), after)).toMatchObject([
      { code: 'policy_changed', message: expect.stringMatching(/^CAN_ASSUME from/), run_id: 'run-2' },
      { code: 'policy_changed', message: 'trust_policy_hash of mp-cross-account-data-reader changed' },
      { code: 'policy_changed', message: expect.stringMatching(/^CAN_ACCESS from/) },
    ]);
  });

  test('with the attachment of its policy', () => {
    const managed = `arn:aws:iam::${WORKLOADS}:policy/assume`;
    const attached = anAttachedPolicy(TAGGER_ROLE, managed, policy(allow('sts:AssumeRole', READER)));
    const before = stitched([...mediaPro({ tagger: {} }), attached]);
    const after = stitched([...mediaPro({ tagger: {} }), { ...attached, edges: [] }]);
    expect(before.path).toBeDefined();
    expect(causes(before, after).map(({ code }) => code)).toContain('edge_went');
  });

  test('with the tag of its resource', () => {
    const after = story({ table: aTable({ name: 'mp-pii-customers', tags: {} }) });
    expect(causes(story(), after)).toMatchObject([
      { code: 'resource_classified', message: expect.stringContaining('not sensitive any more'), run_id: 'run-2' },
    ]);
  });

  test('with a correlation, for the reason that this went', () => {
    const parts: readonly Part[] = [
      ...mediaPro({ tagger: {} }),
      aFunction({ name: 'bridge', role: READER, account: DATA }),
    ];
    const at = (graph: Graph, arn: string) => entityIn(graph, arn);
    const before = stitched(parts, (graph) =>
      joinedAs([], [[at(graph, functionArn(WORKLOADS, 'mp-content-tagger')), at(graph, functionArn(DATA, 'bridge'))]]),
    );
    const after = stitched(parts);
    expect(before.path).toBeDefined();
    expect(causes(before, after)).toMatchObject([
      { code: 'correlation_went', subject: before.joined.correlations[0]?._id },
    ]);
    const off: Cause = { code: 'rule_off', message: 'bridge-by-test is switched off' };
    const id = before.joined.correlations[0]?._id ?? '';
    expect(causes(before, after, { correlation_causes: new Map([[id, off]]) })).toEqual([off]);
    expect(causes(after, before, { correlation_causes: new Map([[id, { ...off, code: 'rule_on' }]]) })).toMatchObject([
      { code: 'rule_on' },
    ]);
  });
});

describe('a path that changed', () => {
  test('its verdict, with the statement that asks for something', () => {
    const asking = trusting({ AWS: TAGGER_ROLE }, { Condition: { StringEquals: { 'sts:ExternalId': 'x1' } } });
    const after = stitched([...around, changedLater(reader({ trust: asking }), 'trust_policy_hash')]);
    const [verdict, ...others] = causes(stitched([...around, reader()]), after);
    expect(verdict).toMatchObject({
      code: 'policy_changed',
      message:
        'mp-content-tagger-role -> mp-cross-account-data-reader: allowed, now conditional if `sts:ExternalId` is `x1`',
      run_id: 'run-2',
    });
    expect(others.map(({ message }) => message)).toEqual([
      expect.stringContaining('shows it now'),
      expect.stringContaining('does not show it any more'),
    ]);
  });

  test('its way, because another is better', () => {
    const relay = aRole({
      name: 'relay',
      trust: trusting({ AWS: TAGGER_ROLE }),
      policies: { on: policy(allow('sts:AssumeRole', READER)) },
    });
    const tagger = { on: policy(allow('sts:AssumeRole')) };
    const long = mediaPro({ tagger, trust: trusting({ AWS: roleArn(WORKLOADS, 'relay') }) });
    const short = mediaPro({ tagger, trust: trusting({ AWS: [roleArn(WORKLOADS, 'relay'), TAGGER_ROLE] }) });
    const found = causes(stitched([...long, relay]), stitched([...short, relay]));
    expect(found[0]).toMatchObject({ code: 'replaced_by_better', message: expect.stringContaining('instead of') });
  });

  test('the number of other ways', () => {
    const relay = aRole({
      name: 'relay',
      trust: trusting({ AWS: TAGGER_ROLE }),
      policies: { on: policy(allow('sts:AssumeRole', READER)) },
    });
    const tagger = { on: policy(allow('sts:AssumeRole')) };
    const open = mediaPro({ tagger, trust: trusting({ AWS: [roleArn(WORKLOADS, 'relay'), TAGGER_ROLE] }) });
    expect(causes(stitched(open), stitched([...open, relay]))).toEqual([
      { code: 'edge_appeared', message: '1 other ways lead there, and 0 did before' },
    ]);
  });

  test('the word on its resource', () => {
    const after = story({ table: aTable({ name: 'mp-pii-customers', tags: { 'data-classification': 'pci' } }) });
    expect(causes(story(), after)).toMatchObject([
      { code: 'resource_classified', message: expect.stringContaining('pci') },
    ]);
  });
});
