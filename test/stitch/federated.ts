import { type CorrelationSettings, noSettings } from '../../src/correlations/settings.ts';
import type { GraphEdge, GraphEntity } from '../../src/graph/documents.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import type { EdgeType, EntityType } from '../../src/observations/entity-types.ts';
import { documentId, entityId, sourceFingerprint, wholeRecord } from '../../src/observations/fingerprint.ts';
import type { EntityRef } from '../../src/observations/observation.ts';
import type { StitchInput } from '../../src/stitch/computation.ts';
import { TENANT } from '../graph/estate.ts';

/** The id of the story's Entra tenant. */
export const DIRECTORY = '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411';
const CLIENT = '7c21e0d4-58b3-4f6e-8a19-d34b6f0c9e02';
const ENTRA = `entra:${DIRECTORY}`;
const SERVICENOW = 'servicenow:mediapro.service-now.com';
const AWS = 'aws:222222222222';

const ref = (entity_type: EntityType, source_system_id: string, source_record_id: string): EntityRef => ({
  entity_type,
  source_system_id,
  source_record_id,
});

/** The things of the story: a function that serves tools as an Entra application, which ServiceNow lets in; and a federated principal. */
export const THINGS = {
  bridge: ref('aws_lambda_function', AWS, 'arn:aws:lambda:eu-west-1:222222222222:function:mp-mcp-bridge'),
  principal: ref('entra_service_principal', ENTRA, 'e48a2b90-6c17-4d35-9f02-b7a1c5d8e364'),
  application: ref('entra_application', ENTRA, 'a1b0c9d8-1111-4222-8333-444455556666'),
  client: ref('servicenow_oauth_client', SERVICENOW, 'oauth_entity/11112222333344445555666677778888'),
  user: ref('servicenow_user', SERVICENOW, 'sys_user/99990000aaaabbbbccccddddeeeeffff'),
  table: ref('servicenow_table', SERVICENOW, 'sys_db_object/sn_hr_core_case'),
  router: ref('entra_service_principal', ENTRA, '5d2f7e31-0a6b-4c8d-b3e9-1f4a7c6d8e20'),
  subject: ref(
    'external_oidc_subject',
    `https://sts.windows.net/${DIRECTORY}/`,
    '5d2f7e31-0a6b-4c8d-b3e9-1f4a7c6d8e20',
  ),
} as const;
export type Thing = keyof typeof THINGS;

export const idOfThing = (thing: Thing): string => entityId(TENANT, THINGS[thing]);

/** What a test changes: the run that saw it, who claims it, what of it is not there, and properties of it. */
export interface Federated {
  readonly run_id?: string;
  readonly without?: readonly Thing[];
  readonly properties?: Partial<Record<Thing, Readonly<Record<string, Json>>>>;
  readonly workspacesOf?: (thing: Thing) => readonly string[];
}

const PROPERTIES: Readonly<Record<Thing, Readonly<Record<string, Json>>>> = {
  bridge: {
    tags: [{ key: 'mcp-server', value: 'true' }],
    environment_identifiers: [
      { key: 'AZURE_CLIENT_ID', value: CLIENT },
      { key: 'AZURE_TENANT_ID', value: DIRECTORY },
    ],
  },
  principal: { app_id: CLIENT, tenant_id: DIRECTORY },
  application: { app_id: CLIENT, tenant_id: DIRECTORY },
  client: { client_id: CLIENT, token_url: `https://login.microsoftonline.com/${DIRECTORY}/oauth2/v2.0/token` },
  user: { user_name: 'svc-mcp' },
  table: { name: 'sn_hr_core_case', data_classification: 'restricted' },
  router: { app_id: 'c0ffee00-58b3-4f6e-8a19-d34b6f0c9e02', tenant_id: DIRECTORY },
  subject: {},
};

const EDGES: readonly (readonly [EdgeType, Thing, Thing, Readonly<Record<string, Json>>])[] = [
  ['AUTHENTICATES_AS', 'principal', 'application', {}],
  ['AUTHENTICATES_AS', 'client', 'user', {}],
  ['CAN_ACCESS', 'user', 'table', { access_level: 'Read', conditional: false }],
];

/** The story as documents on their way into a stitch. */
export function federated({
  run_id = 'run-1',
  without = [],
  properties = {},
  workspacesOf = () => ['platform'],
}: Federated = {}): readonly StitchInput[] {
  const seen = { run_id, observed_at: '2026-11-21T12:00:00.000Z', api: 'an:Api' };
  const things = (Object.keys(THINGS) as Thing[]).filter((thing) => !without.includes(thing));
  const entity = (thing: Thing): GraphEntity => {
    const all = { ...PROPERTIES[thing], ...properties[thing] };
    const origin = {
      ...seen,
      connector_id: 'instance-1',
      cell: 'cell-1',
      source_record_id: THINGS[thing].source_record_id,
    };
    return {
      _id: idOfThing(thing),
      tenant_id: TENANT,
      ...THINGS[thing],
      display_name: thing,
      properties: all,
      property_provenance: Object.fromEntries(Object.keys(all).map((name) => [name, origin])),
      correlationKeys: [],
      lineage_records: [{ ...wholeRecord(THINGS[thing]), ...seen }],
    };
  };
  const edge = ([edge_type, from, to, stated]: (typeof EDGES)[number]): GraphEdge => {
    const { source_system_id, source_record_id } = THINGS[from];
    const statement = { source_system_id, source_record_id, source_field_path: `${edge_type}[${to}]` };
    return {
      _id: documentId(TENANT, sourceFingerprint(statement)),
      tenant_id: TENANT,
      edge_type,
      from: { ...THINGS[from], id: idOfThing(from) },
      to: { ...THINGS[to], id: idOfThing(to) },
      properties: stated,
      lineage_records: [{ ...statement, ...seen }],
    };
  };
  return [
    ...things.map(
      (thing): StitchInput => ({
        kind: 'entity',
        entity: { ...entity(thing), workspace_ids: workspacesOf(thing) },
      }),
    ),
    ...EDGES.filter(([, from, to]) => things.includes(from) && things.includes(to)).map(
      (one): StitchInput => ({ kind: 'edge', edge: edge(one) }),
    ),
  ];
}

export const MCP_RULE = 'mcp-server-to-entra-sp';
export const OIDC_RULE = 'aws-oidc-federation-to-entra-sp';
export const OAUTH_RULE = 'entra-client-id-to-servicenow-oauth';

/** Settings in which some rules are switched, at a time. */
export const switched = (
  rules: Readonly<Record<string, boolean>>,
  changed_at = '2026-11-21T11:59:00.000Z',
  version = 1,
): CorrelationSettings => ({
  ...noSettings(TENANT),
  version,
  rules: Object.entries(rules).map(([rule_id, enabled]) => ({
    rule_id,
    enabled,
    reason: 'a test',
    changed_by: 'ada',
    changed_at,
  })),
});
