import { describe, expect, test } from 'vitest';
import type { Delegation } from '../../src/graph/administrators.ts';
import { controlOf } from '../../src/graph/control.ts';
import { derivationEvidence } from '../../src/graph/evidence.ts';
import { accountArn } from '../../src/kernel/arn.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import {
  aFarEnd,
  allow,
  anAccount,
  anAttachedPolicy,
  anEntity,
  aRole,
  DATA,
  entityIn,
  graphOf,
  type Part,
  policy,
  roleArn,
  stored,
  WORKLOADS,
} from './estate.ts';

const ADMIN = roleArn(WORKLOADS, 'admin');
const EVERYTHING = allow('*');
const ACCOUNT = anAccount(WORKLOADS);

function delegation(statements: readonly Json[], ...parts: readonly Part[]): Delegation | undefined {
  const admin = aRole({ name: 'admin', policies: { own: policy(...statements) } });
  const graph = graphOf(ACCOUNT, ...(parts.length > 0 ? parts : [admin]));
  return controlOf(graph).delegationOf(entityIn(graph, ADMIN));
}
const deny = (Action: Json, Resource: Json = '*', more: { readonly [key: string]: Json } = {}): Json => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
});

/** The role with a boundary of its own, which is a document that somebody stored. */
function bounded(boundary: Json, ...statements: readonly Json[]): readonly Part[] {
  const arn = `arn:aws:iam::${WORKLOADS}:policy/boundary`;
  return [
    aRole({
      name: 'admin',
      policies: { own: policy(...statements) },
      properties: { permissions_boundary: arn },
    }),
    {
      entities: [anEntity('aws_iam_policy', arn, { arn, policy_hash: hashOf(boundary) })],
      edges: [],
      policy_documents: stored(boundary),
    },
  ];
}

describe('an administrator', () => {
  test('may do everything in its account: one edge, shown by the statement', () => {
    const graph = graphOf(ACCOUNT, aRole({ name: 'admin', policies: { own: policy(EVERYTHING) } }));
    const edge = controlOf(graph).delegationOf(entityIn(graph, ADMIN));
    expect(edge).toMatchObject({ edge_type: 'CAN_ACCESS', access_level: 'Admin', verdict: 'allowed', action: '*' });
    expect(edge).not.toHaveProperty('technique');
    expect(edge?.to.source_record_id).toBe(accountArn(WORKLOADS));
    expect(edge && derivationEvidence(graph.policies, edge)).toMatchObject([{ kind: 'statement', side: 'identity' }]);
  });

  test.each<[string, readonly Json[]]>([
    ['everything but IAM', [{ Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' }]],
    [
      'every action of the services that count',
      [allow(['iam:*', 's3:*', 'lambda:*', 'dynamodb:*', 'secretsmanager:*', 'ssm:*'])],
    ],
    ['everything in one region of one service', [allow('*', `arn:aws:s3:::*`)]],
    ['everything, and a Deny for the data', [EVERYTHING, deny('dynamodb:*')]],
    ['everything, and a Deny for roles', [EVERYTHING, deny('iam:PassRole', `arn:aws:iam::${WORKLOADS}:role/*`)]],
  ])('%s is none', (_, statements) => {
    expect(delegation(statements)?.action).not.toBe('*');
  });

  test('stays one where a Deny names single things', () => {
    const one = deny('s3:*', ['arn:aws:s3:::audit', 'arn:aws:s3:::audit/*']);
    expect(delegation([EVERYTHING, one])?.verdict).toBe('allowed');
  });

  test('under a condition is one under that condition', () => {
    const guarded = allow('*', '*', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } });
    expect(delegation([guarded])).toMatchObject({
      verdict: 'conditional',
      conditions: [{ key: 'aws:MultiFactorAuthPresent' }],
    });
  });

  test('within a boundary is none, unless the boundary allows everything', () => {
    expect(delegation([], ...bounded(policy(allow('s3:*')), EVERYTHING))).toBeUndefined();
    expect(delegation([], ...bounded(policy(EVERYTHING), EVERYTHING))?.verdict).toBe('allowed');
  });

  test('is nobody of whom no policy says so: what could not be read is no right', () => {
    const unread = aRole({ name: 'admin', properties: { inline_policies: undefined } });
    expect(delegation([], unread)).toBeUndefined();
    expect(delegation([], aFarEnd('aws_iam_role', ADMIN))).toBeUndefined();
  });

  test('has a managed policy like anybody', () => {
    const managed = anAttachedPolicy(ADMIN, 'arn:aws:iam::aws:policy/AdministratorAccess', policy(EVERYTHING));
    expect(delegation([], aRole({ name: 'admin' }), managed)?.verdict).toBe('allowed');
  });
});

describe('who can make itself an administrator', () => {
  const own = allow('iam:PutRolePolicy', ADMIN);

  test('is one, by the technique', () => {
    expect(delegation([own])).toMatchObject({
      verdict: 'allowed',
      technique: 'iam-put-own-policy',
      action: 'iam:PutRolePolicy',
    });
  });

  test('is none where a boundary keeps it within limits', () => {
    expect(delegation([], ...bounded(policy(allow(['iam:*', 's3:*'])), own))).toBeUndefined();
  });

  test('is none who may do so for another role only', () => {
    expect(delegation([allow('iam:PutRolePolicy', roleArn(WORKLOADS, 'other'))])).toBeUndefined();
  });

  test('cannot rewrite a policy of AWS', () => {
    const managed = anAttachedPolicy(
      ADMIN,
      'arn:aws:iam::aws:policy/PolicyKeeper',
      policy(allow('iam:CreatePolicyVersion')),
    );
    expect(delegation([], aRole({ name: 'admin' }), managed)).toBeUndefined();
  });
});

describe('backwards', () => {
  const graph = graphOf(
    ACCOUNT,
    anAccount(DATA),
    aRole({ name: 'admin', policies: { own: policy(EVERYTHING) } }),
    aRole({
      name: 'maker',
      policies: { own: policy(allow('iam:UpdateAssumeRolePolicy', roleArn(WORKLOADS, 'nobody'))) },
    }),
    aRole({ name: 'nobody' }),
    aRole({ name: 'far-admin', account: DATA, policies: { own: policy(EVERYTHING) } }),
  );
  const control = controlOf(graph);

  test('the administrators of an account are those of that account', () => {
    const names = (account: string) =>
      control.administratorsOf(entityIn(graph, accountArn(account))).map(({ from }) => from.source_record_id);
    expect(names(WORKLOADS)).toEqual([ADMIN]);
    expect(names(DATA)).toEqual([roleArn(DATA, 'far-admin')]);
    expect(control.administratorsOf(entityIn(graph, ADMIN))).toEqual([]);
  });

  test('who commands a role is whoever commands it forwards', () => {
    const target = entityIn(graph, roleArn(WORKLOADS, 'nobody'));
    const forwards = graph.entities.flatMap((from) =>
      control.controllableFrom(from).flatMap((edge) => (edge.to._id === target._id ? [{ from, edge }] : [])),
    );
    expect(control.controllableTo(target)).toEqual(forwards.toSorted((a, b) => (a.edge._id < b.edge._id ? -1 : 1)));
    expect(forwards.map(({ from }) => from.display_name).sort()).toEqual(['admin', 'maker']);
  });
});
