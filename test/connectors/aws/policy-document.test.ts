import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyDocument, resourcePolicy } from '../../../src/connectors/aws/policy-document.ts';

const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['b:Y', 'a:X'], Resource: '*' }] };

describe('a policy document', () => {
  it('is the same URL-encoded and plain', () => {
    const plain = JSON.stringify(POLICY);
    expect(policyDocument(encodeURIComponent(plain))).toEqual(policyDocument(plain));
  });

  it('a percent sign in plain JSON is a percent sign', () => {
    const text = JSON.stringify({ Statement: { Condition: { StringLike: { 'aws:PrincipalTag/x': '100%25' } } } });
    expect(JSON.stringify(policyDocument(text).document)).toContain('100%25');
  });

  it('lists of texts are sets: neither their order nor a doublet changes the hash', () => {
    const actions = (...Action: string[]) => policyDocument(JSON.stringify({ Statement: [{ Action }] })).hash;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (list) => {
        expect(actions(...list.toReversed(), ...list)).toBe(actions(...list));
      }),
    );
  });

  it('the order of statements is kept: it is how people find them', () => {
    const [a, b] = [{ Sid: 'a' }, { Sid: 'b' }];
    expect(policyDocument(JSON.stringify({ Statement: [b, a] })).document).toEqual({ Statement: [b, a] });
  });

  it.each(['', 'null', '"text"', '[]', '{', '%7B', '%'])('%j is no policy document', (text) => {
    expect(() => policyDocument(text)).toThrow(TypeError);
  });

  it('does not quote what it could not read', () => {
    expect(() => policyDocument('{"Secret": hunter2}')).toThrow('the policy document is not JSON');
  });
});

describe('a resource policy', () => {
  it.each([undefined, '', ' ', '{}', '{"Statement":[]}', '{"Version":"2012-10-17","Statement":[]}'])(
    '%j says nothing: there is none',
    (text) => {
      expect(resourcePolicy(text)).toBeUndefined();
    },
  );

  it('with one statement outside a list is one', () => {
    expect(resourcePolicy('{"Statement":{"Effect":"Deny"}}')).toBeDefined();
  });
});
