import type { GraphEdge, GraphEntity, GraphPolicyDocument } from '../../src/graph/documents.ts';
import { buildGraph, type Graph } from '../../src/graph/graph.ts';
import type { LineageRecord, Provenance } from '../../src/inventory/merge.ts';
import { accountArn, sourceSystemOf } from '../../src/kernel/arn.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import type { EdgeType, EntityType } from '../../src/observations/entity-types.ts';
import { documentId, entityId, sourceFingerprint, wholeRecord } from '../../src/observations/fingerprint.ts';
import type { EntityRef, Statement } from '../../src/observations/observation.ts';

export const TENANT = 'enterprise-nimbus';
export const WORKLOADS = '222222222222';
export const DATA = '333333333333';
export const ORGANIZATION = 'o-mediapro01';

const RUN = { run_id: 'run-1', observed_at: '2026-11-21T12:00:00.000Z' };
const IAM = 'iam:GetAccountAuthorizationDetails';

/** Documents that belong together; an estate is a list of them. */
export interface Part {
  readonly entities: readonly GraphEntity[];
  readonly edges: readonly GraphEdge[];
  readonly policy_documents: readonly GraphPolicyDocument[];
}

/** Properties to change; `undefined` takes one away, as if nobody had been able to read it. */
export type Overrides = Readonly<Record<string, Json | undefined>>;

export const partsOf = (parts: readonly Part[]): Part => ({
  entities: parts.flatMap(({ entities }) => entities),
  edges: parts.flatMap(({ edges }) => edges),
  policy_documents: parts.flatMap(({ policy_documents }) => policy_documents),
});

export const graphOf = (...parts: readonly Part[]): Graph => buildGraph({ tenant_id: TENANT, ...partsOf(parts) });

const refOf = (entity_type: EntityType, arn: string): EntityRef => ({
  entity_type,
  source_system_id: sourceSystemOf(arn),
  source_record_id: arn,
});

export const idOf = (arn: string): string => entityId(TENANT, refOf('aws_iam_role', arn));

export const policy = (...Statement: readonly Json[]): Json => ({ Version: '2012-10-17', Statement });
export const allow = (Action: Json, Resource: Json = '*', more: { readonly [key: string]: Json } = {}): Json => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
export const trusting = (Principal: Json, more: { readonly [key: string]: Json } = {}): Json =>
  policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more });

export const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const functionArn = (account: string, name: string): string =>
  `arn:aws:lambda:eu-west-1:${account}:function:${name}`;
export const tableArn = (account: string, name: string): string =>
  `arn:aws:dynamodb:eu-west-1:${account}:table/${name}`;

const lineage = (statement: Statement, api: string): readonly LineageRecord[] => [{ ...statement, api, ...RUN }];

export function anEntity(
  entity_type: EntityType,
  arn: string,
  properties: Overrides,
  {
    api = IAM,
    display_name = arn.slice(arn.search(/[^/:]*$/)),
  }: { readonly api?: string; readonly display_name?: string } = {},
): GraphEntity {
  const ref = refOf(entity_type, arn);
  const seen = Object.entries(properties).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  const provenance: Provenance = {
    connector_id: 'aws-1',
    source_record_id: arn,
    cell: `aws_iam:${WORKLOADS}`,
    api,
    ...RUN,
  };
  return {
    _id: entityId(TENANT, ref),
    tenant_id: TENANT,
    entity_type,
    display_name,
    source_system_id: ref.source_system_id,
    source_record_id: arn,
    properties: Object.fromEntries(seen),
    property_provenance: Object.fromEntries(seen.map(([name]) => [name, provenance])),
    correlationKeys: [],
    lineage_records: lineage(wholeRecord(ref), api),
  };
}

/** An entity that an edge names and nobody saw. */
export const aFarEnd = (entity_type: EntityType, arn: string): Part => ({
  entities: [{ ...anEntity(entity_type, arn, {}), lineage_records: [] }],
  edges: [],
  policy_documents: [],
});

export function anEdge(
  edge_type: EdgeType,
  from: string,
  to: string,
  {
    properties = {},
    api = IAM,
    field = edge_type,
  }: { readonly properties?: Overrides; readonly api?: string; readonly field?: string } = {},
): GraphEdge {
  const statement = {
    source_system_id: sourceSystemOf(from),
    source_record_id: from,
    source_field_path: `${field}[${to}]`,
  };
  const end = (arn: string) => ({ id: idOf(arn), ...refOf('aws_iam_role', arn) });
  const known = Object.entries(properties).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return {
    _id: documentId(TENANT, sourceFingerprint(statement)),
    tenant_id: TENANT,
    edge_type,
    from: end(from),
    to: end(to),
    properties: Object.fromEntries(known),
    lineage_records: lineage(statement, api),
  };
}

export const edgesOnly = (...edges: readonly GraphEdge[]): Part => ({ entities: [], edges, policy_documents: [] });

export const stored = (...documents: readonly Json[]): readonly GraphPolicyDocument[] =>
  documents.map((document) => ({ hash: hashOf(document), document }));

export const tagged = (tags: Readonly<Record<string, string>>): Json =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

const inlineOf = (policies: Readonly<Record<string, Json>>): Json =>
  Object.entries(policies).map(([name, document]) => ({ name, policy_hash: hashOf(document) }));

interface RoleParts {
  readonly name: string;
  readonly account?: string;
  readonly trust?: Json;
  readonly policies?: Readonly<Record<string, Json>>;
  readonly properties?: Overrides;
}

export function aRole({
  name,
  account = WORKLOADS,
  trust = trusting({ Service: 'lambda.amazonaws.com' }),
  policies = {},
  properties = {},
}: RoleParts): Part {
  const arn = roleArn(account, name);
  const role = anEntity('aws_iam_role', arn, {
    arn,
    name,
    trust_policy_hash: hashOf(trust),
    inline_policies: inlineOf(policies),
    permissions_boundary: null,
    tags: [],
    ...properties,
  });
  return { entities: [role], edges: [], policy_documents: stored(trust, ...Object.values(policies)) };
}

export function aFunction({
  name,
  role,
  account = WORKLOADS,
}: {
  readonly name: string;
  readonly role: string;
  readonly account?: string;
}): Part {
  const arn = functionArn(account, name);
  const api = 'lambda:ListFunctions';
  return {
    entities: [
      anEntity('aws_lambda_function', arn, { arn, role_arn: role, resource_policy_hash: null, tags: [] }, { api }),
    ],
    edges: [anEdge('RUNS_AS', arn, role, { api, field: 'Role' })],
    policy_documents: [],
  };
}

interface ResourceParts {
  readonly name: string;
  readonly account?: string;
  readonly policy?: Json;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Overrides;
}

export function aTable({
  name,
  account = DATA,
  policy: own,
  tags = { 'data-classification': 'pii' },
  properties = {},
}: ResourceParts): Part {
  const arn = tableArn(account, name);
  const table = anEntity(
    'aws_dynamodb_table',
    arn,
    {
      arn,
      encryption_key: null,
      resource_policy_hash: own === undefined ? null : hashOf(own),
      tags: tagged(tags),
      ...properties,
    },
    { api: 'dynamodb:ListTables' },
  );
  return { entities: [table], edges: [], policy_documents: own === undefined ? [] : stored(own) };
}

export function aBucket({
  name,
  account = DATA,
  policy: own,
  tags = { 'data-classification': 'pii' },
  properties = {},
}: ResourceParts): Part {
  const arn = `arn:aws:s3:::${name}`;
  const bucket = anEntity(
    'aws_s3_bucket',
    arn,
    {
      arn,
      region: 'eu-west-1',
      public_access_block: null,
      encryption: { algorithm: 'AES256', kms_key: null },
      resource_policy_hash: own === undefined ? null : hashOf(own),
      tags: tagged(tags),
      ...properties,
    },
    { api: 's3:ListBuckets' },
  );
  return {
    entities: [bucket],
    edges: [anEdge('BELONGS_TO', arn, accountArn(account), { api: 's3:ListBuckets' })],
    policy_documents: own === undefined ? [] : stored(own),
  };
}

/** The organization, a unit in it, and accounts in the unit. */
export function anOrganization(...accounts: readonly string[]): Part {
  const arn = `arn:aws:organizations::111111111111:organization/${ORGANIZATION}`;
  const unit = `arn:aws:organizations::111111111111:ou/${ORGANIZATION}/ou-abcd-mediapro`;
  return {
    entities: [
      anEntity('aws_organization', arn, { arn, organization_id: ORGANIZATION }),
      anEntity('aws_ou', unit, { arn: unit }),
      ...accounts.map((account) => anEntity('aws_account', accountArn(account), { account_id: account })),
    ],
    edges: [
      anEdge('BELONGS_TO', unit, arn),
      ...accounts.map((account) => anEdge('BELONGS_TO', accountArn(account), unit)),
    ],
    policy_documents: [],
  };
}

export const anAccount = (account: string, properties: Overrides = {}): Part => ({
  entities: [anEntity('aws_account', accountArn(account), { account_id: account, ...properties })],
  edges: [],
  policy_documents: [],
});

/** A policy of its own, attached to an identity. */
export function anAttachedPolicy(identity: string, arn: string, document: Json, properties: Overrides = {}): Part {
  const entity = anEntity('aws_iam_policy', arn, { arn, policy_hash: hashOf(document), ...properties });
  return { entities: [entity], edges: [anEdge('HAS_POLICY', identity, arn)], policy_documents: stored(document) };
}

/** The entity of an ARN, which the test has put there. */
export function entityIn(graph: Graph, arn: string): GraphEntity {
  const entity = graph.entityByArn(arn);
  if (!entity) throw new Error(`the estate has no ${arn}`);
  return entity;
}
