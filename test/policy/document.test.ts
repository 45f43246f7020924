import { describe, expect, it } from 'vitest';
import { compilePolicy, PolicyError, type PolicyKind, policyCompiler } from '../../src/policy/index.ts';

const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };

const malformed: readonly [title: string, place: string, document: unknown, kind?: PolicyKind][] = [
  ['no JSON', 'document', 'Allow everything'],
  ['an empty text', 'document', ''],
  ['half a document', 'document', '{"Statement": ['],
  ['a broken URL encoding', 'document', '%7B%zz'],
  ['a list', 'document', [allow]],
  ['nothing', 'document', null],
  ['no Statement', 'Statement', { Version: '2012-10-17' }],
  ['an unknown version', 'Version', { Version: '2024-01-01', Statement: [allow] }],
  ['an unknown element of the document', 'Statements', { Statements: [allow] }],
  ['an unknown element of a statement', 'Statement[0].Conditions', { Statement: [{ ...allow, Conditions: {} }] }],
  ['a statement that is a text', 'Statement[1]', { Statement: [allow, 'Allow'] }],
  ['no Effect', 'Statement[1].Effect', { Statement: [allow, { Action: '*', Resource: '*' }] }],
  ['an Effect in lower case', 'Statement.Effect', { Statement: { ...allow, Effect: 'allow' } }],
  ['no Action', 'Statement[0].Action', { Statement: [{ Effect: 'Deny', Resource: '*' }] }],
  ['Action and NotAction', 'Statement[0].NotAction', { Statement: [{ ...allow, NotAction: 's3:*' }] }],
  ['Resource and NotResource', 'Statement[0].NotResource', { Statement: [{ ...allow, NotResource: '*' }] }],
  ['an action without a service', 'Statement[0].Action[1]', { Statement: [{ ...allow, Action: ['*', 'GetObject'] }] }],
  ['an action that is a number', 'Statement[0].Action', { Statement: [{ ...allow, Action: 7 }] }],
  ['no Resource in an identity policy', 'Statement[0].Resource', { Statement: [{ Effect: 'Allow', Action: '*' }] }],
  ['a principal in an identity policy', 'Statement[0].Principal', { Statement: [{ ...allow, Principal: '*' }] }],
  ['a principal in an SCP', 'Statement[0].NotPrincipal', { Statement: [{ ...allow, NotPrincipal: '*' }] }, 'scp'],
  [
    'no principal in a trust policy',
    'Statement[0].Principal',
    { Statement: [{ Effect: 'Allow', Action: '*' }] },
    'trust',
  ],
  ['no principal in an RCP', 'Statement[0].Principal', { Statement: [allow] }, 'rcp'],
  ['a resource in a trust policy', 'Statement[0].Resource', { Statement: [{ ...allow, Principal: '*' }] }, 'trust'],
  [
    'Principal and NotPrincipal',
    'Statement[0].NotPrincipal',
    { Statement: [{ ...allow, Principal: '*', NotPrincipal: '*' }] },
    'resource',
  ],
  [
    'an ARN where only * may stand alone',
    'Statement[0].Principal',
    { Statement: [{ ...allow, Principal: 'arn:aws:iam::111111111111:root' }] },
    'resource',
  ],
  ['an empty principal', 'Statement[0].Principal', { Statement: [{ ...allow, Principal: {} }] }, 'resource'],
  [
    'an unknown kind of principal',
    'Statement[0].Principal.Role',
    { Statement: [{ ...allow, Principal: { Role: 'app' } }] },
    'resource',
  ],
  [
    'an account that is a number',
    'Statement[0].Principal.AWS[1]',
    { Statement: [{ ...allow, Principal: { AWS: ['*', 111111111111] } }] },
    'resource',
  ],
  [
    'an unknown operator',
    'Statement[2].Condition.StringEqualz',
    { Statement: [allow, allow, { ...allow, Condition: { StringEqualz: { 'aws:SourceIp': 'x' } } }] },
  ],
  [
    'NullIfExists, which AWS does not have',
    'Statement[0].Condition.NullIfExists',
    { Statement: [{ ...allow, Condition: { NullIfExists: { 'aws:SourceIp': 'true' } } }] },
  ],
  [
    'a condition without an operator',
    'Statement[0].Condition.aws:SourceIp',
    { Statement: [{ ...allow, Condition: { 'aws:SourceIp': '10.0.0.0/8' } }] },
  ],
  [
    'a condition value that is an object',
    'Statement[0].Condition.StringEquals.aws:SourceIp',
    { Statement: [{ ...allow, Condition: { StringEquals: { 'aws:SourceIp': {} } } }] },
  ],
];

describe('a malformed document is refused, and its place named', () => {
  it.each(malformed)('%s: at %s', (_, place, document, kind = 'identity') => {
    const error = refusal(document, kind);
    expect(error.place).toBe(place);
    expect(error.message).toContain(place);
    expect(error.code).toBe('malformed_policy');
  });

  it('says what was wrong and what to do', () => {
    expect(refusal({ Statement: [{ ...allow, Effect: 'allow' }] }, 'identity').message).toBe(
      'Statement[0].Effect: is "allow". It is "Allow" or "Deny", in this case',
    );
  });
});

describe('every legal shape is read', () => {
  const shapes: readonly [title: string, document: unknown][] = [
    ['an object', { Version: '2012-10-17', Statement: [allow] }],
    ['JSON', JSON.stringify({ Statement: [allow] })],
    ['JSON with space around it', `\n ${JSON.stringify({ Statement: [allow] })}\n`],
    ['JSON as IAM returns it', encodeURIComponent(JSON.stringify({ Statement: [allow] }))],
    ['a single statement', { Statement: allow }],
    ['an Id and a Sid', { Id: 'x', Statement: [{ ...allow, Sid: 'Read' }] }],
    ['lists of one', { Statement: [{ ...allow, Action: ['s3:GetObject'], Resource: ['*'] }] }],
    [
      'numbers and truth values in a condition',
      { Statement: [withCondition('NumericEquals', 7), withCondition('Bool', true)] },
    ],
    ['operators in another case', { Statement: [withCondition('foranyvalue:stringlikeifexists', 'x')] }],
  ];

  it.each(shapes)('%s', (_, document) => {
    expect(compilePolicy(document, 'identity').allows.length).toBeGreaterThan(0);
  });

  it('a policy without statements permits nothing', () => {
    expect(compilePolicy({ Statement: [] }, 'identity')).toMatchObject({ allows: [], denies: [] });
  });

  it('the same document has the same hash, whatever the order of its keys', () => {
    const [first, second] = [
      { Version: '2012-10-17', Statement: [allow] },
      { Statement: [{ Resource: '*', Action: 's3:GetObject', Effect: 'Allow' }], Version: '2012-10-17' },
    ].map((document) => compilePolicy(document, 'identity').hash);
    expect(first).toBe(second);
  });

  it('a compiler compiles each document once for each kind', () => {
    const compile = policyCompiler();
    const document = { Statement: [allow] };
    expect(compile(structuredClone(document), 'identity')).toBe(compile(document, 'identity'));
    expect(compile(document, 'scp')).not.toBe(compile(document, 'identity'));
  });
});

function withCondition(operator: string, value: unknown) {
  return { ...allow, Condition: { [operator]: { 'aws:RequestTag/x': value } } };
}

function refusal(document: unknown, kind: PolicyKind): PolicyError {
  try {
    compilePolicy(document, kind);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  throw new Error('the document was accepted');
}
