import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessTable } from '../../src/graph/access-levels.ts';
import { authorityOf } from '../../src/graph/authority.ts';
import { DIRECT_CALL, judge } from '../../src/graph/judge.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { compilePolicy, type PolicySet, type Resource } from '../../src/policy/index.ts';
import { aRole, aTable, DATA, entityIn, graphOf, policy, roleArn, tableArn, WORKLOADS } from './estate.ts';

interface Role {
  readonly account: string;
  readonly arn: string;
  readonly name: string;
  readonly unique_id: string;
}

const ROLES: readonly Role[] = [WORKLOADS, DATA].flatMap((account) =>
  ['a', 'b'].map((name) => ({
    account,
    name,
    arn: roleArn(account, name),
    unique_id: `AROAEXAMPLEEXAMPLE${name.toUpperCase()}${account[0]}`,
  })),
);
const TABLE = tableArn(DATA, 'customers');

const principal: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  '*',
  { AWS: WORKLOADS },
  { AWS: `arn:aws:iam::${DATA}:root` },
  { Service: 'lambda.amazonaws.com' },
  { AWS: `arn:aws:sts::${WORKLOADS}:assumed-role/a/nightly` },
  ...ROLES.flatMap(({ arn, unique_id }): Json[] => [{ AWS: arn }, { AWS: unique_id }]),
);
const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
const action = (...actions: readonly string[]) => fc.constantFrom(...actions);
const externalId = fc.constantFrom({}, {}, { Condition: { StringEquals: { 'sts:ExternalId': 'x1' } } });

const trust = fc
  .array(
    fc.record({
      Effect: effect,
      Principal: principal,
      Action: action('sts:AssumeRole', 'sts:*', 'sts:TagSession'),
      more: externalId,
    }),
    { maxLength: 3 },
  )
  .map((statements) => policy(...statements.map(({ more, ...statement }) => ({ ...statement, ...more }))));
const tablePolicy = fc
  .array(
    fc.record({
      Effect: effect,
      Principal: principal,
      Action: action('dynamodb:GetItem', 'dynamodb:*'),
      Resource: fc.constant(TABLE),
    }),
    { maxLength: 3 },
  )
  .map((statements) => policy(...statements));
const identity = fc
  .array(
    fc.record({
      Effect: effect,
      Action: action('sts:AssumeRole', 'sts:*', 'dynamodb:GetItem', 'dynamodb:*', '*'),
      Resource: fc.constantFrom('*', TABLE, roleArn(DATA, '*'), ...ROLES.map(({ arn }) => arn)),
    }),
    { maxLength: 3 },
  )
  .map((statements) => policy(...statements));

const estate = fc.record({
  roles: fc.tuple(...ROLES.map((role) => fc.record({ role: fc.constant(role), trust, identity }))),
  table: tablePolicy,
});

const RANK = ['allowed', 'conditional', 'undetermined'];

test('the indexes lose nothing: asking every pair by itself gives the same edges', () => {
  let edges = 0;
  fc.assert(
    fc.property(estate, ({ roles, table }) => {
      const graph = graphOf(
        ...roles.map(({ role, trust: own, identity: statements }) =>
          aRole({ ...role, trust: own, policies: { own: statements }, properties: { unique_id: role.unique_id } }),
        ),
        aTable({ name: 'customers', policy: table }),
      );
      const authority = authorityOf(graph, [entityIn(graph, TABLE)]);
      for (const { role, identity: statements } of roles) {
        const ask = (action: string, resource: Resource, policies: PolicySet) => {
          const request = { principal: { ...role, tags: {} }, action, resource, context: DIRECT_CALL };
          const question = { request, policies: { identity: [compilePolicy(statements, 'identity')], ...policies } };
          return judge(() => question).decision;
        };
        const assumable = roles.flatMap(({ role: other, trust: own }) => {
          if (other === role) return [];
          const decision = ask('sts:AssumeRole', { ...other, tags: {} }, { resource: compilePolicy(own, 'trust') });
          return decision === 'denied' ? [] : [`${other.arn} ${decision}`];
        });
        const accessible = accessTable('aws_dynamodb_table').levels.flatMap(({ level, actions }) =>
          actions.flatMap((name) => {
            const resource = { arn: TABLE, account: DATA, tags: { 'data-classification': 'pii' } };
            const decision = ask(name, resource, { resource: compilePolicy(table, 'resource') });
            return decision === 'denied' ? [] : [{ level, decision }];
          }),
        );
        const strongest = [...Map.groupBy(accessible, ({ level }) => level)].map(([level, verdicts]) => {
          const decisions = verdicts.map(({ decision }) => decision);
          return `${level} ${RANK.find((decision) => decisions.some((one) => one === decision))}`;
        });
        const entity = entityIn(graph, role.arn);
        const became = authority.assumableFrom(entity).map(({ to, verdict }) => `${to.source_record_id} ${verdict}`);
        const used = authority.accessibleFrom(entity).map(({ access_level, verdict }) => `${access_level} ${verdict}`);
        expect(became.sort()).toEqual(assumable.sort());
        expect(used.sort()).toEqual(strongest.sort());
        edges += became.length + used.length;
      }
    }),
    { numRuns: 200 },
  );
  expect(edges).toBeGreaterThan(100);
});
