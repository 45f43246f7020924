import { expect, it } from 'vitest';
import { TENANT } from '../../labs/mediapro/names.ts';
import { noSettings } from '../../src/correlations/settings.ts';
import { EIGHTH, OAUTH, stitched, switched } from '../../tools/stitching/example.ts';
import { exampleGraph } from '../../tools/stitching/example-graph.ts';

const graph = exampleGraph();
const on = switched(EIGHTH, true);
const hops = (settings = on): readonly string[] =>
  stitched(graph, settings).paths.map(({ hops }) => hops.map(({ edge_type }) => edge_type).join(' '));

it('the agent reaches HR data over a bridge and an identity, once the tenant has switched the bridge on', () => {
  expect(hops(noSettings(TENANT))).toEqual([]);
  expect(new Set(hops())).toEqual(
    new Set(['INVOKES BRIDGES_TO AUTHENTICATES_AS SAME_ENTITY AUTHENTICATES_AS CAN_ACCESS']),
  );
});

it('what a rule joined is apart while it is off, and the same as before when it is on again', () => {
  const before = stitched(graph, on);
  expect(hops(switched(OAUTH, false, on))).toEqual([]);
  expect(stitched(graph, switched(OAUTH, false, on)).identities.flatMap(({ rules }) => rules)).not.toContain(OAUTH);
  expect(stitched(graph, on)).toEqual(before);
});
