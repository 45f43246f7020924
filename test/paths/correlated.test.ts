import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GraphEntity } from '../../src/graph/documents.ts';
import { pathsBetween } from '../../src/paths/between.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import type { Joined } from '../../src/paths/joined.ts';
import {
  aFunction,
  anEdge,
  anEntity,
  aRole,
  edgesOnly,
  entityIn,
  functionArn,
  graphOf,
  type Part,
  roleArn,
  WORKLOADS,
} from '../graph/estate.ts';
import { aCorrelation, anIdentity, joinedAs } from './joined.ts';
import { randomEstate } from './random-estate.ts';

const ROUTER = `arn:aws:bedrock:eu-west-1:${WORKLOADS}:agent/mp-support-router`;
const BRIDGE = functionArn(WORKLOADS, 'mp-mcp-bridge');
const [SP, APP, CLIENT, USER, TABLE] = ['sp', 'app', 'client', 'user', 'hr'].map((name) => `arn:none:x:::${name}`);

const of = (arn = '', type: GraphEntity['entity_type'], source_system_id: string, properties = {}): Part => ({
  entities: [{ ...anEntity(type, arn, properties), source_system_id }],
  edges: [],
  policy_documents: [],
});

/** The bridge's Entra application is a client of ServiceNow, whose account reads the table of human resources. */
const estate = (changes: { readonly conditional?: boolean } = {}) =>
  graphOf(
    of(ROUTER, 'aws_bedrock_agent', `aws:${WORKLOADS}`),
    aFunction({ name: 'mp-mcp-bridge', role: roleArn(WORKLOADS, 'bridge') }),
    aRole({ name: 'bridge' }),
    of(SP, 'entra_service_principal', 'entra:t1', { tenant_id: 'T1' }),
    of(APP, 'entra_application', 'entra:t1', { tenant_id: 't1' }),
    of(CLIENT, 'servicenow_oauth_client', 'servicenow:mp.example'),
    of(USER, 'servicenow_user', 'servicenow:mp.example'),
    of(TABLE, 'servicenow_table', 'servicenow:mp.example', { data_classification: 'Confidential' }),
    edgesOnly(
      anEdge('INVOKES', ROUTER, BRIDGE),
      anEdge('AUTHENTICATES_AS', SP ?? '', APP ?? ''),
      anEdge('AUTHENTICATES_AS', CLIENT ?? '', USER ?? ''),
      anEdge('CAN_ACCESS', USER ?? '', TABLE ?? '', {
        properties: { access_level: 'Read', conditional: changes.conditional ?? false, acl: 'sys_security_acl/1' },
      }),
    ),
  );

const graph = estate();
const at = (arn = ''): GraphEntity => entityIn(graph, arn);
const joined = joinedAs([[at(APP), at(CLIENT)]], [[at(BRIDGE), at(SP)]]);

describe('a path over three systems', () => {
  const { paths } = findPaths(graph, joined);
  const path = paths.find(({ workload }) => workload.source_record_id === ROUTER);

  test('goes over a bridge, and from one record of an application to the other', () => {
    expect(path?.hops.map(({ edge_type, to }) => `${edge_type} ${to.display_name}`)).toEqual([
      'INVOKES mp-mcp-bridge',
      'BRIDGES_TO sp',
      'AUTHENTICATES_AS app',
      'SAME_ENTITY client',
      'AUTHENTICATES_AS user',
      'CAN_ACCESS hr',
    ]);
    expect(path).toMatchObject({ access_level: 'Read', verdict: 'allowed', sensitivity: { value: 'Confidential' } });
    expect(paths.map(({ workload }) => workload.display_name).sort()).toEqual(['mp-mcp-bridge', 'mp-support-router']);
  });

  test('says which rules, identities and accounts it goes over', () => {
    expect(path).toMatchObject({
      correlation_rules: ['bridge-by-test', 'same-by-test'],
      identities: joined.identities.map(({ _id }) => _id),
      accounts: [WORKLOADS],
      crosses_account_boundary: false,
      crosses_connector_boundary: true,
      crosses_organization_boundary: false,
    });
  });

  test('shows both fields that a rule agreed on', () => {
    const [bridge, same] = [1, 3].map((hop) => path?.hops[hop]?.evidence);
    const [application, client] = [at(APP), at(CLIENT)];
    expect(bridge).toMatchObject([{ kind: 'correlation', rule_id: 'bridge-by-test', left: { id: at(BRIDGE)._id } }]);
    expect(same).toEqual([
      {
        kind: 'correlation',
        rule_id: 'same-by-test',
        correlation_id: aCorrelation('SAME_ENTITY', application, client)._id,
        left: expect.objectContaining({ id: application._id, source_system_id: 'entra:t1' }),
        right: expect.objectContaining({ id: client._id }),
        evidence: aCorrelation('SAME_ENTITY', application, client).evidence,
      },
    ]);
  });

  test('holds only under the condition that a source states', () => {
    const [conditional] = findPaths(estate({ conditional: true }), joined).paths;
    expect(conditional).toMatchObject({ verdict: 'conditional', conditions: [{ key: 'sys_security_acl/1' }] });
  });
});

test('what shows that two records are one is every correlation between them, in order', () => {
  const [sp, app, client] = [at(SP), at(APP), at(CLIENT)];
  const links = [aCorrelation('SAME_ENTITY', client, app), aCorrelation('SAME_ENTITY', sp, app)];
  const one: Joined = { correlations: links, identities: [anIdentity([app, sp, client], links)] };
  const [answer] = pathsBetween(graph, one, { from: sp._id, to: client._id }).answers;
  expect(answer?.unconditional?.hops.map(({ edge_type }) => edge_type)).toEqual(['SAME_ENTITY']);
  const shown = answer?.unconditional?.hops[0]?.evidence.map((one) => one.kind === 'correlation' && one.correlation_id);
  expect(shown).toEqual([links[1]?._id, links[0]?._id]);
});

describe('a correlation that is not there', () => {
  test('gives no path, and none of its names is left in any', () => {
    expect(findPaths(graph, { correlations: [], identities: [] }).paths).toEqual([]);
    expect(findPaths(graph, joinedAs([[at(APP), at(CLIENT)]])).paths).toEqual([]);
    expect(findPaths(graph, joinedAs([], [[at(BRIDGE), at(SP)]])).paths).toEqual([]);
  });

  test('leaves no trace in any small estate', () => {
    let retired = 0;
    fc.assert(
      fc.property(randomEstate, fc.nat(), (made, which) => {
        const bridges = made.joined.correlations.filter(({ effect }) => effect === 'BRIDGES_TO');
        const gone = bridges[which % Math.max(1, bridges.length)];
        if (!gone) return;
        const without = {
          ...made.joined,
          correlations: made.joined.correlations.filter((one) => one !== gone),
        };
        const { paths } = findPaths(made.graph, without);
        expect(JSON.stringify(paths)).not.toContain(gone._id);
        expect(findPaths(made.graph, structuredClone(made.joined)).paths).toEqual(
          findPaths(made.graph, made.joined).paths,
        );
        retired += 1;
      }),
      { numRuns: 50 },
    );
    expect(retired).toBeGreaterThan(10);
  });
});

describe('organizations', () => {
  test('an application of another Entra tenant is another organization, whoever called it first', () => {
    const foreign = graphOf(
      aFunction({ name: 'mp-mcp-bridge', role: roleArn(WORKLOADS, 'bridge') }),
      of(SP, 'entra_service_principal', 'entra:t1', { tenant_id: 'T1' }),
      of(APP, 'entra_application', 'entra:t2', { tenant_id: 't2' }),
      of(TABLE, 'servicenow_table', 'servicenow:mp.example', { data_classification: 'Confidential' }),
      edgesOnly(
        anEdge('AUTHENTICATES_AS', SP ?? '', APP ?? ''),
        anEdge('CAN_ACCESS', APP ?? '', TABLE ?? '', { properties: { access_level: 'Read', conditional: false } }),
      ),
    );
    const bridge = joinedAs([], [[entityIn(foreign, BRIDGE), entityIn(foreign, SP ?? '')]]);
    const [path] = findPaths(foreign, bridge).paths;
    expect(path).toMatchObject({ crosses_organization_boundary: true, crosses_connector_boundary: true });
  });
});

describe('odd documents', () => {
  test('an entity of a type that nobody knows, and an end that nobody saw, throw nothing', () => {
    const strange = JSON.parse(JSON.stringify(anEntity('aws_s3_bucket', 'arn:aws:x:::strange', {})));
    const seen = graphOf(
      aFunction({ name: 'f', role: roleArn(WORKLOADS, 'nobody-saw') }),
      { entities: [{ ...strange, entity_type: 'quantum_vault' }], edges: [], policy_documents: [] },
      edgesOnly(
        anEdge('INVOKES', functionArn(WORKLOADS, 'f'), 'arn:aws:x:::strange'),
        anEdge('AUTHENTICATES_AS', roleArn(WORKLOADS, 'nobody-saw'), TABLE ?? ''),
      ),
      of(TABLE, 'servicenow_table', 'servicenow:mp.example', { data_classification: 'Confidential' }),
    );
    expect(findPaths(seen).paths).toEqual([]);
    const start = entityIn(seen, functionArn(WORKLOADS, 'f'));
    const end = entityIn(seen, roleArn(WORKLOADS, 'nobody-saw'));
    const [answer] = pathsBetween(seen, { correlations: [], identities: [] }, { from: start._id, to: end._id }).answers;
    expect(answer?.to).toMatchObject({ observed: false, account_id: WORKLOADS });
    expect(answer?.from).toMatchObject({ observed: true });
  });
});
