import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorityOf } from '../../src/graph/authority.ts';
import { derivationEvidence } from '../../src/graph/evidence.ts';
import { guardrailsOf } from '../../src/graph/guardrails.ts';
import { DIRECT_CALL } from '../../src/graph/judge.ts';
import { accountArn } from '../../src/kernel/arn.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import { compilePolicy, evaluate } from '../../src/policy/index.ts';
import {
  aBucket,
  allow,
  anEdge,
  anEntity,
  anOrganization,
  aRole,
  aTable,
  DATA,
  edgesOnly,
  entityIn,
  graphOf,
  idOf,
  ORGANIZATION,
  type Overrides,
  type Part,
  policy,
  roleArn,
  stored,
  tableArn,
  trusting,
  WORKLOADS,
} from './estate.ts';

const MANAGEMENT = '111111111111';
const ORGANIZATION_ARN = `arn:aws:organizations::${MANAGEMENT}:organization/${ORGANIZATION}`;
const UNIT = `arn:aws:organizations::${MANAGEMENT}:ou/${ORGANIZATION}/ou-abcd-mediapro`;
const FULL = policy(allow('*'));
const CALLER = roleArn(WORKLOADS, 'caller');
const TARGET = roleArn(DATA, 'target');
const deny = (Action: Json, more: { readonly [key: string]: Json } = {}): Json => ({
  Effect: 'Deny',
  Action,
  Resource: '*',
  ...more,
});
const inRcp = (statement: Json): Json =>
  policy(...[statement].flat().map((one) => Object.assign({ Principal: '*' }, one)));

/** A control policy and what it is attached to. */
function aControlPolicy(
  kind: 'scp' | 'rcp',
  name: string,
  document: Json,
  targets: readonly string[],
  properties: Overrides = {},
): Part {
  const arn = `arn:aws:organizations::${MANAGEMENT}:policy/${ORGANIZATION}/${kind}/${name}`;
  return {
    entities: [
      anEntity(kind === 'scp' ? 'aws_scp' : 'aws_rcp', arn, {
        arn,
        policy_hash: hashOf(document),
        targets_known: true,
        ...properties,
      }),
    ],
    edges: targets.map((target) => {
      const edge = anEdge('HAS_POLICY', target, arn);
      return { ...edge, to: { ...edge.to, entity_type: kind === 'scp' ? 'aws_scp' : 'aws_rcp' } };
    }),
    policy_documents: stored(document),
  };
}

const organization = (properties: Overrides = {}): Part => {
  const part = anOrganization(WORKLOADS, DATA, MANAGEMENT);
  const [, ...others] = part.entities;
  const root = anEntity('aws_organization', ORGANIZATION_ARN, {
    organization_id: ORGANIZATION,
    management_account_id: MANAGEMENT,
    policy_types: ['RESOURCE_CONTROL_POLICY', 'SERVICE_CONTROL_POLICY'],
    ...properties,
  });
  return { ...part, entities: [root, ...others] };
};
const full = aControlPolicy('scp', 'full', FULL, [ORGANIZATION_ARN, UNIT, accountArn(WORKLOADS), accountArn(DATA)]);
const rcpFull = aControlPolicy('rcp', 'full', policy({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }), [
  ORGANIZATION_ARN,
]);

/** `caller` may become `target` in another account, as far as the two of them are concerned. */
const pair = (name = 'caller', account = WORKLOADS): readonly Part[] => [
  aRole({ name, account, policies: { own: policy(allow('sts:AssumeRole', TARGET)) } }),
  aRole({ name: 'target', account: DATA, trust: trusting({ AWS: roleArn(account, name) }) }),
];

const assumed = (from: string, ...parts: readonly Part[]) => {
  const graph = graphOf(...parts);
  const [edge] = authorityOf(graph, []).assumableFrom(entityIn(graph, from));
  return edge && { ...edge, evidence: derivationEvidence(graph.policies, edge) };
};

describe('service control policies', () => {
  test('where every level allows, nothing changes', () => {
    expect(assumed(CALLER, organization(), full, rcpFull, ...pair())?.verdict).toBe('allowed');
  });

  test.each([
    ['the organization', ORGANIZATION_ARN],
    ['the unit', UNIT],
    ['the account', accountArn(WORKLOADS)],
  ])('a Deny attached to %s denies', (_, target) => {
    const denying = aControlPolicy('scp', 'no-sts', policy(deny('sts:*')), [target]);
    expect(assumed(CALLER, organization(), full, rcpFull, denying, ...pair())).toBeUndefined();
  });

  test('one that is attached to another account says nothing', () => {
    const denying = aControlPolicy('scp', 'no-sts', policy(deny('sts:*')), [accountArn(DATA)]);
    expect(assumed(CALLER, organization(), full, rcpFull, denying, ...pair())?.verdict).toBe('allowed');
  });

  test('a level that allows only other things denies', () => {
    const only = aControlPolicy('scp', 'only-s3', policy(allow('s3:*')), [UNIT]);
    const narrow = aControlPolicy('scp', 'full', FULL, [ORGANIZATION_ARN, accountArn(WORKLOADS)]);
    expect(assumed(CALLER, organization(), narrow, only, rcpFull, ...pair())).toBeUndefined();
  });

  test('a conditional Deny leaves its condition, shown down to the statement', () => {
    const conditional = policy(
      deny('sts:*', { Sid: 'FromHome', Condition: { Bool: { 'aws:ViaAWSService': 'false' } } }),
    );
    const denying = aControlPolicy('scp', 'no-sts', conditional, [UNIT]);
    const edge = assumed(CALLER, organization(), full, rcpFull, denying, ...pair());
    expect(edge?.verdict).toBe('conditional');
    const of = edge?.evidence.filter((one) => one.kind === 'statement' && one.side === 'scp');
    expect(of).toMatchObject([{ sid: 'FromHome', source_field_path: 'Content.Statement[0]' }]);
    expect(edge?.evidence).toContainEqual(expect.objectContaining({ kind: 'edge', edge_type: 'HAS_POLICY' }));
  });

  test.each([
    ['a role of the management account', 'caller', MANAGEMENT],
    ['a service-linked role', 'aws-service-role/x.amazonaws.com/AWSServiceRoleForX', WORKLOADS],
  ])('%s is beyond them', (_, name, account) => {
    const denying = aControlPolicy('scp', 'no-sts', policy(deny('sts:*')), [ORGANIZATION_ARN]);
    const parts = [organization(), full, rcpFull, denying, ...pair(name, account)];
    expect(assumed(roleArn(account, name), ...parts)?.verdict).toBe('allowed');
  });
});

describe('resource control policies', () => {
  const orgOnly = inRcp(
    deny('sts:AssumeRole', { Condition: { StringNotEquals: { 'aws:PrincipalOrgID': ORGANIZATION } } }),
  );

  test('keep out who is of another organization, and nobody of this one', () => {
    const rcp = aControlPolicy('rcp', 'org-only', orgOnly, [accountArn(DATA)]);
    expect(assumed(CALLER, organization(), full, rcpFull, rcp, ...pair())?.verdict).toBe('allowed');
    const nobody = aControlPolicy('rcp', 'nobody', inRcp(deny('sts:AssumeRole')), [UNIT]);
    expect(assumed(CALLER, organization(), full, rcpFull, nobody, ...pair())).toBeUndefined();
  });

  test('bind what is asked of a resource of the account', () => {
    const bucket = aBucket({ name: 'exports' });
    const reader = aRole({ name: 'reader', account: DATA, policies: { own: policy(allow('s3:GetObject')) } });
    const access = (...parts: readonly Part[]) => {
      const graph = graphOf(organization(), full, rcpFull, bucket, reader, ...parts);
      const authority = authorityOf(graph, [entityIn(graph, 'arn:aws:s3:::exports')]);
      return authority.accessibleFrom(entityIn(graph, roleArn(DATA, 'reader')));
    };
    expect(access()).toMatchObject([{ access_level: 'Read', verdict: 'allowed' }]);
    expect(access(aControlPolicy('rcp', 'no-s3', inRcp(deny('s3:*')), [ORGANIZATION_ARN]))).toEqual([]);
  });

  test('do not reach services that they do not know', () => {
    const table = aTable({ name: 'customers' });
    const reader = aRole({ name: 'reader', account: DATA, policies: { own: policy(allow('dynamodb:GetItem')) } });
    const nothing = aControlPolicy('rcp', 'nothing', inRcp(deny('*')), [ORGANIZATION_ARN]);
    const graph = graphOf(organization(), full, rcpFull, nothing, table, reader);
    const authority = authorityOf(graph, [entityIn(graph, tableArn(DATA, 'customers'))]);
    expect(authority.accessibleFrom(entityIn(graph, roleArn(DATA, 'reader')))).toMatchObject([{ verdict: 'allowed' }]);
  });
});

describe('what could not be read', () => {
  const parts = pair();

  test('a document that nobody could read leaves it open', () => {
    const sealed = aControlPolicy('scp', 'sealed', policy(deny('sts:*')), [UNIT], { policy_hash: undefined });
    expect(assumed(CALLER, organization(), full, rcpFull, sealed, ...parts)?.verdict).toBe('undetermined');
    expect(graphOf(sealed).problems).toMatchObject([{ code: 'policy_unknown', place: 'Content' }]);
  });

  test('so does a policy of which nobody knows what it is attached to', () => {
    const somewhere = aControlPolicy('scp', 'somewhere', policy(deny('sts:*')), [], { targets_known: false });
    expect(assumed(CALLER, organization(), full, rcpFull, somewhere, ...parts)?.verdict).toBe('undetermined');
  });

  test('so does a type that is enabled, and of which nobody could list a policy', () => {
    expect(assumed(CALLER, organization(), rcpFull, ...parts)?.verdict).toBe('undetermined');
    expect(assumed(CALLER, organization({ policy_types: [] }), ...parts)?.verdict).toBe('allowed');
  });

  test('so does a unit whose own unit nobody saw', () => {
    const { entities, edges } = organization();
    const broken: Part = { entities, edges: edges.filter(({ from }) => from.id !== idOf(UNIT)), policy_documents: [] };
    expect(assumed(CALLER, broken, full, rcpFull, ...parts)?.verdict).toBe('undetermined');
  });

  test('an account of which nobody saw that it is in an organization is judged by its own policies', () => {
    expect(assumed(CALLER, ...parts)?.verdict).toBe('allowed');
    expect(guardrailsOf(graphOf(...parts), WORKLOADS, 'aws')).toMatchObject({
      scps: { policies: [] },
      rcps: { policies: [] },
    });
  });

  test('an organization of which nobody said what it has enabled has what was seen', () => {
    const unsaid = organization({ policy_types: undefined });
    expect(assumed(CALLER, unsaid, ...parts)?.verdict).toBe('allowed');
    const denying = aControlPolicy('scp', 'no-sts', policy(deny('sts:*')), [UNIT]);
    expect(assumed(CALLER, unsaid, denying, ...parts)).toBeUndefined();
  });
});

test('edges of an attachment alone are no policy', () => {
  const only = edgesOnly(anEdge('HAS_POLICY', accountArn(WORKLOADS), 'arn:aws:iam::aws:policy/ReadOnlyAccess'));
  expect(assumed(CALLER, organization(), full, rcpFull, only, ...pair())?.verdict).toBe('allowed');
});

const scpStatement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  Action: fc.constantFrom('*', 'sts:*', 'sts:AssumeRole', 's3:*'),
  Resource: fc.constantFrom('*', TARGET, roleArn(DATA, 'other')),
  Condition: fc.constantFrom<Json>({}, {}, { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } }),
});
const scpDocument = fc.array(scpStatement, { minLength: 1, maxLength: 2 }).map((statements) => policy(...statements));
const level = fc.array(scpDocument, { maxLength: 2 });

test('levels of policies, wherever they are attached, say what the policy engine says of them', () => {
  const decisions = new Set<string>();
  fc.assert(
    fc.property(fc.tuple(level, level, level), level, (scps, rcps) => {
      const targets = [ORGANIZATION_ARN, UNIT, accountArn(WORKLOADS)];
      const attached = scps.flatMap((documents, depth) =>
        documents.map((document, i) => aControlPolicy('scp', `s${depth}${i}`, document, [targets[depth] ?? ''])),
      );
      const documentsOfRcps = rcps.map((document) => inRcp(JSON.parse(JSON.stringify(document)).Statement));
      const onData = documentsOfRcps.map((document, i) => aControlPolicy('rcp', `r${i}`, document, [accountArn(DATA)]));
      const own = policy(allow('sts:AssumeRole', TARGET));
      const trust = trusting({ AWS: CALLER });
      const expected = evaluate(
        {
          principal: { arn: CALLER, account: WORKLOADS, organization: ORGANIZATION, tags: {} },
          action: 'sts:AssumeRole',
          resource: { arn: TARGET, account: DATA, organization: ORGANIZATION, tags: {} },
          context: DIRECT_CALL,
        },
        {
          identity: [compilePolicy(own, 'identity')],
          resource: compilePolicy(trust, 'trust'),
          scps: scps.map((documents) => documents.map((document) => compilePolicy(document, 'scp'))),
          rcps: [documentsOfRcps.map((document) => compilePolicy(document, 'rcp'))],
        },
      ).decision;
      const parts = [organization({ policy_types: undefined }), ...attached, ...onData, ...pair()];
      expect(assumed(CALLER, ...parts)?.verdict ?? 'denied').toBe(expected);
      decisions.add(expected);
    }),
    { numRuns: 150 },
  );
  expect(decisions).toEqual(new Set(['allowed', 'denied']));
}, 20_000);
