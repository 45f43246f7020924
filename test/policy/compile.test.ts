import { describe, expect, it } from 'vitest';
import { compilePolicy, policyCompiler } from '../../src/policy/index.ts';

const DOCUMENT = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };

describe('a compiled policy', () => {
  it('cannot be changed', () => {
    const policy = compilePolicy(DOCUMENT, 'identity');
    const [statement] = policy.allows;
    for (const part of [policy, policy.allows, policy.denies, statement, statement?.ref, statement?.finding.because]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('is made once for a document, whether it comes as an object, as JSON in any layout, or URL-encoded', () => {
    const compile = policyCompiler();
    const policy = compile(DOCUMENT, 'identity');
    const { Statement, Version } = DOCUMENT;
    expect(compile({ Statement, Version }, 'identity')).toBe(policy);
    expect(compile(JSON.stringify(DOCUMENT, null, 2), 'identity')).toBe(policy);
    expect(compile(encodeURIComponent(JSON.stringify(DOCUMENT)), 'identity')).toBe(policy);
  });

  it('is another one for another kind, which reads the document in its own way', () => {
    const compile = policyCompiler();
    expect(compile(DOCUMENT, 'scp')).not.toBe(compile(DOCUMENT, 'identity'));
    expect(compile(DOCUMENT, 'scp').hash).toBe(compile(DOCUMENT, 'identity').hash);
  });
});
