import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { controlOf } from '../../src/graph/control.ts';
import { derivationEvidence } from '../../src/graph/evidence.ts';
import { DIRECT_CALL } from '../../src/graph/judge.ts';
import { knowing } from '../../src/graph/request-context.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { compilePolicy, evaluate, requestContext } from '../../src/policy/index.ts';
import {
  aFarEnd,
  aFunction,
  allow,
  aRole,
  DATA,
  entityIn,
  functionArn,
  graphOf,
  type Part,
  policy,
  roleArn,
  trusting,
  WORKLOADS,
} from './estate.ts';

const CALLER = roleArn(WORKLOADS, 'caller');
const POWERFUL = roleArn(WORKLOADS, 'powerful');
const BILLING = functionArn(WORKLOADS, 'billing');
const LAMBDA = trusting({ Service: 'lambda.amazonaws.com' });

const caller = (...statements: readonly Json[]): Part =>
  aRole({ name: 'caller', policies: { own: policy(...statements) } });
const estate = (...parts: readonly Part[]) =>
  graphOf(aRole({ name: 'powerful', trust: LAMBDA }), aFunction({ name: 'billing', role: POWERFUL }), ...parts);
function commands(...parts: readonly Part[]) {
  const graph = estate(...parts);
  return controlOf(graph)
    .controllableFrom(entityIn(graph, CALLER))
    .map((edge) => ({ ...edge, evidence: derivationEvidence(graph.policies, edge) }));
}

describe('what an identity commands', () => {
  test('is shown with every action that it takes and the statements of both sides', () => {
    const [edge, ...others] = commands(
      caller(
        allow('iam:PassRole', POWERFUL, { Sid: 'Pass' }),
        allow(['lambda:CreateFunction', 'lambda:InvokeFunction'], '*', { Sid: 'Make' }),
      ),
    );
    expect(others).toEqual([]);
    expect(edge).toMatchObject({
      edge_type: 'CAN_CONTROL',
      technique: 'lambda-create-and-invoke',
      actions: ['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'],
      to: { source_record_id: POWERFUL },
    });
    const shown = edge?.evidence.flatMap((one) => (one.kind === 'statement' ? [`${one.side} ${one.sid ?? ''}`] : []));
    expect(shown).toEqual(['identity Pass', 'trust ', 'identity Make']);
  });

  test('is one edge for each thing, by the technique that proves most', () => {
    const fromHome = { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } };
    const conditional = allow('lambda:UpdateFunctionCode', BILLING, fromHome);
    expect(commands(caller(conditional))).toMatchObject([{ technique: 'lambda-update-code', verdict: 'conditional' }]);
    expect(commands(caller(conditional, allow('lambda:UpdateFunctionConfiguration', BILLING)))).toMatchObject([
      { technique: 'lambda-update-configuration', verdict: 'allowed', conditions: [] },
    ]);
  });

  test('is by the first technique where none proves more', () => {
    const from = (ip: string, more: { readonly [key: string]: Json } = {}) => ({
      Condition: { IpAddress: { 'aws:SourceIp': ip }, ...more },
    });
    const twice = from('198.51.100.0/24', { StringEquals: { 'aws:SourceVpc': 'vpc-1' } });
    const both = caller(
      allow('lambda:UpdateFunctionCode', BILLING, from('192.0.2.0/24')),
      allow('lambda:UpdateFunctionConfiguration', BILLING, twice),
    );
    expect(commands(both)).toMatchObject([{ technique: 'lambda-update-code', verdict: 'conditional' }]);
  });

  test('carries the conditions of all of its actions, each once', () => {
    const condition = (key: string, value: string) => ({ Condition: { StringEquals: { [key]: value } } });
    const [edge] = commands(
      caller(
        allow('iam:PassRole', POWERFUL, condition('aws:SourceVpc', 'vpc-1')),
        allow('lambda:CreateFunction', '*', condition('aws:SourceVpc', 'vpc-1')),
        allow('lambda:InvokeFunction', '*', condition('aws:SourceVpce', 'vpce-1')),
      ),
    );
    expect(edge).toMatchObject({
      verdict: 'conditional',
      conditions: [{ key: 'aws:SourceVpc' }, { key: 'aws:SourceVpce' }],
    });
  });

  test('keeps what the trust of a passed role asks of the service', () => {
    const trust = (account: string) =>
      trusting({ Service: 'lambda.amazonaws.com' }, { Condition: { StringEquals: { 'aws:SourceAccount': account } } });
    const pass = caller(allow('iam:PassRole'), allow(['lambda:CreateFunction', 'lambda:InvokeFunction']));
    const names = (account: string) =>
      commands(pass, aRole({ name: 'guarded', trust: trust(account) })).map(({ to }) => to.display_name);
    expect(names(WORKLOADS)).toContain('guarded');
    expect(names(DATA)).not.toContain('guarded');
  });

  test('is in its own account only, is nothing that nobody saw, and is not itself', () => {
    const everything = caller(allow('*'));
    const names = commands(
      everything,
      aFunction({ name: 'far', role: roleArn(DATA, 'far'), account: DATA }),
      aFarEnd('aws_lambda_function', functionArn(WORKLOADS, 'unseen')),
    ).map(({ to }) => to.source_record_id);
    expect(names.toSorted()).toEqual([BILLING, POWERFUL].toSorted());
  });

  test('is open where a policy could not be read, and nothing of an identity that nobody saw', () => {
    const unread = aRole({ name: 'caller', properties: { inline_policies: undefined } });
    expect(commands(unread).map(({ verdict }) => verdict)).toEqual(['undetermined', 'undetermined']);
    expect(commands(aFarEnd('aws_iam_role', CALLER))).toEqual([]);
  });
});

const ACTIONS = [
  'iam:PassRole',
  'lambda:CreateFunction',
  'lambda:InvokeFunction',
  'lambda:UpdateFunctionCode',
] as const;
const statement: fc.Arbitrary<Json> = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  Action: fc.uniqueArray(fc.constantFrom(...ACTIONS, 'lambda:*'), { minLength: 1, maxLength: 3 }),
  Resource: fc.constantFrom('*', POWERFUL, BILLING, functionArn(WORKLOADS, 'tmp-*'), functionArn(WORKLOADS, 'tmp-a*')),
});

test('it is what asking for each action, on every name that a policy could mean, says', () => {
  let edges = 0;
  const names = ['billing', 'tmp-b1', 'tmp-a1', 'unlikely'].map((name) => functionArn(WORKLOADS, name));
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), (statements) => {
      const identity = [compilePolicy(policy(...statements), 'identity')];
      const may = (action: string, arn: string, more: Readonly<Record<string, string>> = {}): boolean => {
        const request = {
          principal: { arn: CALLER, account: WORKLOADS, tags: {} },
          action,
          resource: { arn, account: WORKLOADS },
          context: knowing(DIRECT_CALL, more),
        };
        return evaluate(request, { identity }).decision === 'allowed';
      };
      const passed = may('iam:PassRole', POWERFUL, { 'iam:PassedToService': 'lambda.amazonaws.com' });
      const expected = [
        ...(may('lambda:UpdateFunctionCode', BILLING) || may('lambda:UpdateFunctionConfiguration', BILLING)
          ? [BILLING]
          : []),
        ...(passed &&
        names.some(
          (name) =>
            may('lambda:CreateFunction', name) &&
            (may('lambda:InvokeFunction', name) ||
              (may('lambda:CreateFunctionUrlConfig', name) && may('lambda:AddPermission', name)) ||
              may('lambda:CreateEventSourceMapping', '*')),
        )
          ? [POWERFUL]
          : passed && may('lambda:UpdateFunctionConfiguration', BILLING) && may('lambda:UpdateFunctionCode', BILLING)
            ? [POWERFUL]
            : []),
      ];
      const found = commands(caller(...statements)).map(({ to }) => to.source_record_id);
      expect(found.toSorted()).toEqual(expected.toSorted());
      edges += found.length;
    }),
    { numRuns: 150 },
  );
  expect(edges).toBeGreaterThan(50);
}, 20_000);

test('a guardrail on regions closes what is in another one, and is a condition on what could be made anywhere', () => {
  const elsewhere = (region: string): Json => ({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { StringNotEquals: { 'aws:RequestedRegion': region } },
  });
  const may = [allow('lambda:UpdateFunctionCode'), allow('iam:PassRole'), allow('scheduler:CreateSchedule')];
  const scheduled = aRole({ name: 'scheduled', trust: trusting({ Service: 'scheduler.amazonaws.com' }) });
  const verdicts = (region: string) =>
    commands(caller(...may, elsewhere(region)), scheduled).map(({ to, verdict }) => `${to.display_name} ${verdict}`);
  expect(verdicts('eu-west-1').toSorted()).toEqual(['billing allowed', 'scheduled conditional']);
  expect(verdicts('eu-central-1')).toEqual(['scheduled conditional']);
});

test('a request that is known to be made in a region is the same each time', () => {
  expect(
    knowing(requestContext({ 'aws:SecureTransport': true }), { 'aws:RequestedRegion': 'eu-west-1' }).known,
  ).toEqual(
    new Map([
      ['aws:securetransport', ['true']],
      ['aws:requestedregion', ['eu-west-1']],
    ]),
  );
});
