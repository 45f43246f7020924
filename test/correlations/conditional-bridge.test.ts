import { expect, it } from 'vitest';
import { correlate } from '../../src/correlations/correlate.ts';
import { ruleNamed } from '../../src/correlations/registry.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import { casesIn, graphOfCase, settingsOfCase } from './case.ts';

const RULE = 'lambda-secret-stored-entra-sp';

/** The paths over the bridge of a case, from its function to something sensitive that the service principal calls. */
function pathsOver(title: string) {
  const input = casesIn(RULE, 'positive').find((one) => one.title === title);
  const rule = ruleNamed(RULE);
  if (!input || !rule) throw new Error(`there is no case "${title}"`);
  const model = {
    name: 'model',
    entity_type: 'foundry_model_deployment' as const,
    system: 'foundry:acme-ai',
    record: '/deployments/model',
    properties: { data_classification: 'confidential' },
    endpoint_urls: [],
    observed: true,
  };
  const calls = { type: 'INVOKES' as const, from: 'sp-mp-mcp-bridge', to: 'model', properties: {} };
  const { graph, idOf } = graphOfCase({ entities: [...input.entities, model], edges: [...input.edges, calls] });
  const { correlations } = correlate(graph, settingsOfCase(rule, input, idOf), [rule]);
  const { paths } = findPaths(graph, { correlations, identities: [] });
  return paths.filter(({ resource }) => resource.display_name === 'model');
}

it('a bridge that rests on a conditional verdict makes a conditional path, and says on what it depends', () => {
  const [path, ...others] = pathsOver('on a condition that may hold');
  expect(others).toEqual([]);
  expect(path).toMatchObject({
    verdict: 'conditional',
    conditions: [{ key: 'secretsmanager:VersionStage', sentence: expect.any(String) }],
    hops: [
      { edge_type: 'BRIDGES_TO', verdict: 'conditional' },
      { edge_type: 'INVOKES', verdict: 'allowed' },
    ],
  });
});

it('a bridge that rests on an allowed one does not', () => {
  expect(pathsOver('a role that may read the value of the tagged secret')).toMatchObject([
    { verdict: 'allowed', conditions: [], hops: [{ edge_type: 'BRIDGES_TO' }, { edge_type: 'INVOKES' }] },
  ]);
});
