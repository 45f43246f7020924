import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CompiledPolicy,
  compilePolicy,
  evaluate,
  type OpenCondition,
  type PolicyKind,
  type PolicyRequest,
  type PolicySet,
  requestContext,
  type Verdict,
} from '../../src/policy/index.ts';

/*
 * Laws that hold for any policies. The vocabulary is small on purpose, so that generated policies and requests meet often.
 */

const ACTIONS = ['s3:GetObject', 's3:PutObject', 'sqs:SendMessage', 'sts:AssumeRole'];
const PATTERNS = [...ACTIONS, 's3:*', 's3:Get*', 'sts:Assume?ole', '*'];
const RESOURCES = ['arn:aws:s3:::b/k', 'arn:aws:s3:::b/x', 'arn:aws:sqs:us-east-1:222222222222:q'];
/** Written so, because a plain quote with a placeholder in it looks like a mistake. */
const variable = (key: string) => `\${${key}}`;
const RESOURCE_PATTERNS = [
  ...RESOURCES,
  '*',
  'arn:aws:s3:::b/*',
  'arn:aws:s3:::b/?',
  `arn:aws:s3:::b/${variable('aws:username')}`,
  `arn:aws:s3:::b/${variable('aws:RequestTag/team')}`,
];
const KEYS = ['aws:SourceIp', 'sts:ExternalId', 'aws:RequestTag/team', 'aws:PrincipalTag/team'];
const VALUES = ['10.0.0.1', 'x', 'y', ''];
const CALLERS = [
  'arn:aws:iam::111111111111:role/app',
  'arn:aws:iam::222222222222:role/app',
  'arn:aws:iam::222222222222:user/k',
  'arn:aws:sts::222222222222:assumed-role/app/s1',
];

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly [element: string]: unknown;
}

const operator = fc
  .tuple(
    fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom('StringEquals', 'StringNotEquals', 'StringLike', 'IpAddress', 'NotIpAddress'),
    fc.constantFrom('', '', 'IfExists'),
  )
  .map((parts) => parts.join(''));
const condition = fc.dictionary(
  fc.oneof({ weight: 6, arbitrary: operator }, { weight: 1, arbitrary: fc.constant('Null') }),
  fc.dictionary(
    fc.constantFrom(...KEYS),
    fc.array(
      fc.constantFrom(...VALUES, 'true', 'false', variable('aws:PrincipalTag/team'), variable('sts:ExternalId')),
      { maxLength: 2 },
    ),
    {
      maxKeys: 2,
    },
  ),
  { maxKeys: 2 },
);
const some = <T>(items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 2 });
const principal = fc.oneof(
  fc.constant('*'),
  some([...CALLERS, '111111111111', 'arn:aws:iam::222222222222:root']).map((AWS) => ({ AWS })),
);

function statement(kind: PolicyKind, effects: readonly ('Allow' | 'Deny')[] = ['Allow', 'Allow', 'Allow', 'Deny']) {
  const named = kind === 'resource' || kind === 'rcp';
  return fc
    .record({
      Effect: fc.constantFrom(...effects),
      action: fc.tuple(fc.constantFrom('Action', 'Action', 'NotAction'), fc.oneof(some(PATTERNS), fc.constant(['*']))),
      resource: fc.tuple(
        fc.constantFrom('Resource', 'Resource', 'NotResource'),
        fc.oneof(some(RESOURCE_PATTERNS), fc.constant(['*'])),
      ),
      Condition: condition,
      Principal: principal,
    })
    .map(
      ({ Effect, action, resource, Condition, Principal }): Statement => ({
        Effect,
        [action[0]]: action[1],
        [resource[0]]: resource[1],
        Condition,
        ...(named ? { Principal } : {}),
      }),
    );
}

const policyOf = (statements: readonly Statement[], kind: PolicyKind): CompiledPolicy =>
  compilePolicy({ Version: '2012-10-17', Statement: statements }, kind);

const statements = (kind: PolicyKind) => fc.array(statement(kind), { minLength: 1, maxLength: 3 });
const policy = (kind: PolicyKind) => statements(kind).map((list) => policyOf(list, kind));

const tags = fc.constantFrom<Record<string, string>>({}, { team: 'x' }, { Team: 'y' });
const request: fc.Arbitrary<PolicyRequest> = fc
  .record({
    arn: fc.constantFrom(...CALLERS),
    tags,
    action: fc.constantFrom(...ACTIONS),
    resource: fc.constantFrom(...RESOURCES),
    absent: fc.subarray(KEYS),
  })
  .map(({ arn, tags, action, resource, absent }) => ({
    principal: { arn, account: arn.split(':')[4] ?? '', organization: 'o-a', tags },
    action,
    resource: { arn: resource, account: '222222222222' },
    context: requestContext({}, absent),
  }));

const policySet: fc.Arbitrary<PolicySet> = fc.record({
  identity: fc.array(policy('identity'), { maxLength: 2 }),
  resource: fc.option(policy('resource'), { nil: undefined, freq: 5 }),
  boundary: fc.option(policy('boundary'), { nil: undefined, freq: 2 }),
  session: fc.array(policy('session'), { maxLength: 1 }),
  scps: fc.array(fc.array(policy('scp'), { minLength: 1, maxLength: 2 }), { maxLength: 1 }),
  rcps: fc.array(fc.array(policy('rcp'), { maxLength: 1 }), { maxLength: 1 }),
});

const PERMISSIVENESS = { denied: 0, undetermined: 1, conditional: 1, allowed: 2 } as const;

/** `after` permits no more than `before`: neither in its decision nor under any assignment of the open keys. */
function expectNoMore(asked: PolicyRequest, before: PolicySet, after: PolicySet) {
  expect(PERMISSIVENESS[evaluate(asked, after).decision]).toBeLessThanOrEqual(
    PERMISSIVENESS[evaluate(asked, before).decision],
  );
}

describe('whatever limits never permits more', () => {
  it('a Deny added to the identity policies', () => {
    fc.assert(
      fc.property(request, policySet, statement('identity', ['Deny']), (asked, set, deny) => {
        expectNoMore(asked, set, { ...set, identity: [...(set.identity ?? []), policyOf([deny], 'identity')] });
      }),
    );
  });

  it('a Deny added to the resource policy', () => {
    const added = fc.tuple(statements('resource'), statement('resource', ['Deny']));
    fc.assert(
      fc.property(request, policySet, added, (asked, set, [list, deny]) => {
        const before = { ...set, resource: policyOf(list, 'resource') };
        expectNoMore(asked, before, { ...set, resource: policyOf([...list, deny], 'resource') });
      }),
    );
  });

  it('a permissions boundary', () => {
    fc.assert(
      fc.property(request, policySet, policy('boundary'), (asked, set, boundary) => {
        expectNoMore(asked, { ...set, boundary: undefined }, { ...set, boundary });
      }),
    );
  });

  it('a session policy where there was none', () => {
    fc.assert(
      fc.property(request, policySet, policy('session'), (asked, set, session) => {
        expectNoMore(asked, { ...set, session: [] }, { ...set, session: [session] });
      }),
    );
  });

  it('a level of SCPs', () => {
    fc.assert(
      fc.property(request, policySet, policy('scp'), (asked, set, scp) => {
        expectNoMore(asked, set, { ...set, scps: [...(set.scps ?? []), [scp]] });
      }),
    );
  });

  it('an RCP', () => {
    fc.assert(
      fc.property(request, policySet, policy('rcp'), (asked, set, rcp) => {
        expectNoMore(asked, set, { ...set, rcps: [...(set.rcps ?? []), [rcp]] });
      }),
    );
  });
});

describe('what does not matter changes nothing', () => {
  const bare = ({ decision, blocked_by }: Verdict) => ({ decision, blocked_by });

  it('the order of statements, and saying one twice', () => {
    const twoOrders = statements('identity').chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
    );
    fc.assert(
      fc.property(request, policySet, twoOrders, (asked, set, [list, other]) => {
        const first = evaluate(asked, { ...set, identity: [policyOf(list, 'identity')] });
        const second = evaluate(asked, { ...set, identity: [policyOf(other, 'identity')] });
        expect(bare(second)).toEqual(bare(first));
      }),
    );
  });

  it('the case of actions', () => {
    fc.assert(
      fc.property(request, policySet, statements('identity'), (asked, set, list) => {
        const shouted = list.map((one) => ({
          ...one,
          ...('Action' in one ? { Action: upper(one.Action) } : { NotAction: upper(one.NotAction) }),
        }));
        const first = evaluate(asked, { ...set, identity: [policyOf(list, 'identity')] });
        const second = evaluate(
          { ...asked, action: asked.action.toLowerCase() },
          { ...set, identity: [policyOf(shouted, 'identity')] },
        );
        expect(bare(second)).toEqual(bare(first));
      }),
    );
  });
});

describe('NotAction', () => {
  it('is the complement of Action', () => {
    fc.assert(
      fc.property(request, some(PATTERNS), (asked, actions) => {
        const own = { ...asked, resource: { ...asked.resource, account: asked.principal.account } };
        const granted = (element: 'Action' | 'NotAction') =>
          evaluate(own, {
            identity: [policyOf([{ Effect: 'Allow', [element]: actions, Resource: '*' }], 'identity')],
            resource: policyOf(
              [{ Effect: 'Allow', Action: '*', Principal: { AWS: own.principal.account } }],
              'resource',
            ),
          }).decision;
        expect([granted('Action'), granted('NotAction')].toSorted()).toEqual(['allowed', 'denied']);
      }),
    );
  });
});

describe('an open verdict', () => {
  const known = fc.record(
    Object.fromEntries(
      KEYS.map((key) => [key, fc.option(fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 2 }))]),
    ),
  );

  it('is decided by its conditions as an evaluation from scratch decides, once its keys are known', () => {
    fc.assert(
      fc.property(request, policySet, known, (asked, set, values) => {
        const open = evaluate(asked, set);
        const told = tell(asked, values);
        const { decision } = evaluate(told, set);
        expect(['allowed', 'denied']).toContain(decision);
        const expected =
          open.decision === 'conditional'
            ? open.conditions.every((one) => isTrue(one, told))
              ? 'allowed'
              : 'denied'
            : open.decision;
        expect(decision).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The request with every key known: its value, or that it is absent. What was known before stays. */
function tell(asked: PolicyRequest, values: Readonly<Record<string, readonly string[] | null>>): PolicyRequest {
  const absent = new Set(asked.context?.absent);
  const present: Record<string, readonly string[]> = {};
  for (const [key, value] of Object.entries(values)) {
    if (key === 'aws:PrincipalTag/team' || absent.has(key.toLowerCase())) continue;
    if (value) present[key] = value;
    else absent.add(key);
  }
  const userid = asked.principal.arn.endsWith('s1') ? 'AROAX:s1' : 'AROAX:s2';
  return { ...asked, context: requestContext({ ...present, 'aws:userid': userid }, absent) };
}

/** Decides an open condition by making a policy of each test and asking the engine. */
function isTrue(condition: OpenCondition, asked: PolicyRequest): boolean {
  if ('any_of' in condition) return condition.any_of.some((one) => isTrue(one, asked));
  const holds =
    'all_of' in condition ? condition.all_of.every((one) => isTrue(one, asked)) : testHolds(condition, asked);
  return condition.negated ? !holds : holds;
}

function testHolds(
  { operator, key, values }: { operator: string; key: string; values: readonly string[] },
  asked: PolicyRequest,
) {
  const allow = { Effect: 'Allow', Action: '*', Resource: '*', Condition: { [operator]: { [key]: values } } } as const;
  const own = { ...asked, action: 's3:GetObject', resource: { ...asked.resource, account: asked.principal.account } };
  return evaluate(own, { identity: [policyOf([allow], 'identity')] }).decision === 'allowed';
}

function upper(actions: unknown): unknown {
  return Array.isArray(actions) ? actions.map((action) => String(action).toUpperCase()) : actions;
}
