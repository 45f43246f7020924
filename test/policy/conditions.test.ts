// biome-ignore-all lint/suspicious/noTemplateCurlyInString: AWS writes its policy variables so
import { describe, expect, it } from 'vitest';
import { aRequest, underCondition } from './builders.ts';

type Value = string | readonly string[] | null | undefined;

/** Operator, value of the request (null: absent, undefined: unknown), values of the policy, decision. */
const table: readonly [operator: string, actual: Value, expected: string | readonly string[], decision: string][] = [
  ['StringEquals', 'a', 'a', 'allowed'],
  ['StringEquals', 'A', 'a', 'denied'],
  ['StringEquals', 'b', ['a', 'b'], 'allowed'],
  ['StringEquals', 'abc', 'a*', 'denied'],
  ['StringEquals', null, 'a', 'denied'],
  ['StringEquals', undefined, 'a', 'conditional'],
  ['StringEquals', 'a', [], 'denied'],
  ['StringNotEquals', 'a', ['a', 'b'], 'denied'],
  ['StringNotEquals', 'c', ['a', 'b'], 'allowed'],
  ['StringNotEquals', null, 'a', 'allowed'],
  ['StringEqualsIfExists', null, 'a', 'allowed'],
  ['StringEqualsIfExists', 'b', 'a', 'denied'],
  ['StringNotEqualsIfExists', null, 'a', 'allowed'],
  ['StringNotEqualsIfExists', 'a', 'a', 'denied'],
  ['StringEqualsIgnoreCase', 'ABC', 'abC', 'allowed'],
  ['StringNotEqualsIgnoreCase', 'ABC', 'abC', 'denied'],
  ['StringLike', 'abc', 'a?c', 'allowed'],
  ['StringLike', 'ac', 'a?c', 'denied'],
  ['StringLike', 'a/b/c', 'a*c', 'allowed'],
  ['StringLike', 'ABC', 'a*', 'denied'],
  ['StringLike', '', '', 'allowed'],
  ['StringLike', '', '*', 'allowed'],
  ['StringLike', null, '*', 'denied'],
  ['StringNotLike', 'abc', 'a*', 'denied'],
  ['StringNotLike', null, 'a*', 'allowed'],
  ['NumericEquals', '7.0', '7', 'allowed'],
  ['NumericNotEquals', '7', ['7', '8'], 'denied'],
  ['NumericLessThan', '9', '10', 'allowed'],
  ['NumericLessThan', '10', '10', 'denied'],
  ['NumericLessThanEquals', '10', '10', 'allowed'],
  ['NumericGreaterThan', '11', '10', 'allowed'],
  ['NumericGreaterThanEquals', '10', '10', 'allowed'],
  ['NumericLessThan', 'ten', '10', 'denied'],
  ['NumericLessThan', null, '10', 'denied'],
  ['NumericLessThanIfExists', null, '10', 'allowed'],
  ['DateEquals', '2026-01-01T00:00:00Z', '2026-01-01', 'allowed'],
  ['DateEquals', '2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00Z', 'allowed'],
  ['DateNotEquals', '2026-01-01', '2026-01-01', 'denied'],
  ['DateLessThan', '2026-01-01T00:00:00Z', '2026-01-02', 'allowed'],
  ['DateLessThan', '1767225600', '2026-01-02', 'allowed'],
  ['DateLessThanEquals', '2026-01-02', '2026-01-02', 'allowed'],
  ['DateGreaterThan', '2026-01-01', '2025-12-31T23:59:59Z', 'allowed'],
  ['DateGreaterThan', '2026-01-01T00:00', '2026-01-01T00:00:00Z', 'denied'],
  ['DateGreaterThanEquals', '2026-01-01', '2026-01-01', 'allowed'],
  ['DateLessThan', 'yesterday', '2026-01-02', 'denied'],
  ['Bool', 'true', 'true', 'allowed'],
  ['Bool', 'TRUE', 'true', 'allowed'],
  ['Bool', 'false', 'true', 'denied'],
  ['Bool', null, 'false', 'denied'],
  ['BoolIfExists', null, 'true', 'allowed'],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', 'allowed'],
  ['BinaryEquals', 'qmluYXJ5', 'QmluYXJ5', 'denied'],
  ['IpAddress', '203.0.113.7', '203.0.113.0/24', 'allowed'],
  ['IpAddress', '203.0.114.7', '203.0.113.0/24', 'denied'],
  ['IpAddress', '203.0.113.7', '203.0.113.7', 'allowed'],
  ['IpAddress', '198.51.100.1', '0.0.0.0/0', 'allowed'],
  ['IpAddress', '203.0.113.129', '203.0.113.128/25', 'allowed'],
  ['IpAddress', '2001:db8:1234:5678::1', '2001:DB8:1234:5678::/64', 'allowed'],
  ['IpAddress', '2001:db8:1234:5679::1', '2001:DB8:1234:5678::/64', 'denied'],
  ['IpAddress', '10.0.0.1', '::/0', 'denied'],
  ['IpAddress', '10.0.0.1', '10.0.0.0/33', 'denied'],
  ['IpAddress', null, '0.0.0.0/0', 'denied'],
  ['NotIpAddress', '203.0.113.7', ['203.0.113.0/24', '198.51.100.0/24'], 'denied'],
  ['NotIpAddress', '192.0.2.1', ['203.0.113.0/24', '198.51.100.0/24'], 'allowed'],
  ['NotIpAddress', null, '203.0.113.0/24', 'allowed'],
  ['ArnEquals', 'arn:aws:sns:us-east-1:222222222222:t', 'arn:aws:sns:*:222222222222:*', 'allowed'],
  ['ArnLike', 'arn:aws:sns:us-east-1:222222222222:t', 'arn:aws:sns:*:222222222222:*', 'allowed'],
  ['ArnLike', 'arn:aws:s3:::b', 'arn:aws:s3:::b', 'allowed'],
  ['ArnLike', 'arn:aws:lambda:us-east-1:222222222222:function:f', 'arn:aws:lambda:*:*:function:f', 'allowed'],
  ['ArnLike', 'arn:aws:lambda:us-east-1:222222222222:function:f:1', 'arn:aws:lambda:*:*:function:f', 'denied'],
  ['ArnLike', 'arn:aws:sns:us-east-1:222222222222:t', 'arn:aws:s*:222222222222:t', 'denied'],
  ['ArnLike', 'not an arn', 'arn:aws:sns:*:*:*', 'denied'],
  ['ArnNotLike', 'arn:aws:sns:us-east-1:222222222222:t', 'arn:aws:sns:*:222222222222:*', 'denied'],
  ['ArnNotEquals', 'arn:aws:sns:us-east-1:333333333333:t', 'arn:aws:sns:*:222222222222:*', 'allowed'],
  ['ArnLike', null, 'arn:aws:sns:*:*:*', 'denied'],
  ['ArnNotLike', null, 'arn:aws:sns:*:*:*', 'allowed'],
  ['Null', null, 'true', 'allowed'],
  ['Null', 'a', 'true', 'denied'],
  ['Null', null, 'false', 'denied'],
  ['Null', 'a', 'false', 'allowed'],
  ['Null', undefined, 'true', 'conditional'],
  ['Null', undefined, ['true', 'false'], 'allowed'],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'c'], 'allowed'],
  ['ForAllValues:StringEquals', ['a', 'd'], ['a', 'b', 'c'], 'denied'],
  ['ForAllValues:StringEquals', [], ['a'], 'allowed'],
  ['ForAllValues:StringEquals', null, 'a', 'allowed'],
  ['ForAllValues:StringNotEquals', ['a', 'd'], ['a'], 'denied'],
  ['ForAllValues:StringNotEquals', ['c', 'd'], ['a'], 'allowed'],
  ['ForAnyValue:StringEquals', ['a', 'd'], ['a', 'b'], 'allowed'],
  ['ForAnyValue:StringEquals', ['c', 'd'], ['a', 'b'], 'denied'],
  ['ForAnyValue:StringEquals', [], ['a'], 'denied'],
  ['ForAnyValue:StringEquals', null, 'a', 'denied'],
  ['ForAnyValue:StringEqualsIfExists', null, 'a', 'allowed'],
  ['ForAnyValue:StringNotEquals', ['a', 'd'], ['a'], 'allowed'],
  ['ForAnyValue:StringNotEquals', ['a'], ['a'], 'denied'],
  ['ForAnyValue:StringNotEquals', null, ['a'], 'denied'],
  ['ForAnyValue:StringLike', ['o-a/r-1/ou-1/'], ['o-a/*'], 'allowed'],
];

describe('operators', () => {
  it.each(table)('%s: %j against %j is %s', (operator, actual, expected, decision) => {
    const key = 'aws:RequestTag/x';
    expect(underCondition({ [operator]: { [key]: expected } }, { [key]: actual }).decision).toBe(decision);
  });

  it('keys are compared in any case', () => {
    expect(underCondition({ StringEquals: { 'AWS:requesttag/X': 'a' } }, { 'aws:RequestTag/x': 'a' }).decision).toBe(
      'allowed',
    );
  });

  it('keys and operators all have to hold, and a false one decides whatever is unknown', () => {
    const condition = { StringEquals: { 'a:b': 'x', 'a:c': 'x' }, Bool: { 'a:d': 'true' } };
    expect(underCondition(condition, { 'a:b': 'x', 'a:c': 'x', 'a:d': 'true' }).decision).toBe('allowed');
    expect(underCondition(condition, { 'a:b': 'x', 'a:d': 'false' }).decision).toBe('denied');
  });

  it('what is known is gone from an open verdict', () => {
    const condition = { StringEquals: { 'a:b': 'x', 'a:c': 'y' } };
    expect(underCondition(condition, { 'a:b': 'x' }).conditions).toEqual([
      { operator: 'StringEquals', key: 'a:c', values: ['y'] },
    ]);
  });
});

describe('policy variables', () => {
  const tagged = (tags: Record<string, string>) => aRequest({ principal: { ...aRequest().principal, tags } });
  const team = { StringEquals: { 'aws:RequestTag/team': '${aws:PrincipalTag/team}' } };

  it.each([
    ['the same value', team, { team: 'x' }, 'x', 'allowed'],
    ['another value', team, { team: 'y' }, 'x', 'denied'],
    ['an absent variable matches nothing', team, {}, 'x', 'denied'],
    [
      'an absent variable matches nothing, negated',
      { StringNotEquals: { 'aws:RequestTag/team': '${aws:PrincipalTag/team}' } },
      {},
      'x',
      'allowed',
    ],
    [
      'a default',
      { StringEquals: { 'aws:RequestTag/team': "${aws:PrincipalTag/team, 'none'}" } },
      {},
      'none',
      'allowed',
    ],
    [
      'a default that is not needed',
      { StringEquals: { 'aws:RequestTag/team': "${aws:PrincipalTag/team, 'none'}" } },
      { team: 'x' },
      'none',
      'denied',
    ],
    [
      'a star in the value of a variable is a star',
      { StringLike: { 'aws:RequestTag/team': '${aws:PrincipalTag/team}' } },
      { team: '*' },
      'x',
      'denied',
    ],
    ['${*} is a star', { StringLike: { 'aws:RequestTag/team': 'a${*}' } }, {}, 'ab', 'denied'],
    ['${*} matches a star', { StringLike: { 'aws:RequestTag/team': 'a${*}' } }, {}, 'a*', 'allowed'],
    ['${?} is a question mark', { StringLike: { 'aws:RequestTag/team': 'a${?}' } }, {}, 'ab', 'denied'],
    ['${$} is a dollar', { StringEquals: { 'aws:RequestTag/team': '${$}5' } }, {}, '$5', 'allowed'],
    ['an unclosed one is text', { StringEquals: { 'aws:RequestTag/team': '${aws:x' } }, {}, '${aws:x', 'allowed'],
    [
      'in an ARN',
      { ArnLike: { 'aws:RequestTag/team': 'arn:aws:s3:::${aws:PrincipalTag/team}/*' } },
      { team: 'x' },
      'arn:aws:s3:::x/y',
      'allowed',
    ],
    [
      'ignoring case',
      { StringEqualsIgnoreCase: { 'aws:RequestTag/team': '${aws:PrincipalTag/team}' } },
      { team: 'X' },
      'x',
      'allowed',
    ],
  ])('%s', (_, condition, tags, value, decision) => {
    expect(underCondition(condition, { 'aws:RequestTag/team': value }, tagged(tags)).decision).toBe(decision);
  });

  it('an unknown one leaves the verdict open, with the known ones filled in', () => {
    const condition = { StringLike: { 'aws:RequestTag/team': '${aws:PrincipalTag/team}/${aws:SourceVpc}' } };
    expect(underCondition(condition, {}, tagged({ team: 'a*' })).conditions).toEqual([
      { operator: 'StringLike', key: 'aws:RequestTag/team', values: ['a${*}/${aws:SourceVpc}'] },
    ]);
  });
});
