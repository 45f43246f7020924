import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, matchesPattern, matchesPatternIgnoringCase } from '../../src/policy/pattern.ts';

const alphabet = fc.constantFrom('a', 'b', 'B', '/', ':', '*', '?');
const text = fc.array(alphabet, { maxLength: 12 }).map((characters) => characters.join(''));

/** The same pattern as a regular expression: slow, and obviously right. */
function asRegExp(pattern: string, flags: string): RegExp {
  const source = [...pattern].map((c) => (c === '*' ? '[^]*' : c === '?' ? '[^]' : c.replace(/[/:]/, '\\$&'))).join('');
  return new RegExp(`^${source}$`, flags);
}

describe('a pattern', () => {
  it('matches what the same regular expression matches', () => {
    fc.assert(
      fc.property(text, text, (pattern, candidate) => {
        expect(matchesPattern(compilePattern(pattern), candidate)).toBe(asRegExp(pattern, '').test(candidate));
      }),
      { numRuns: 5000 },
    );
  });

  it('in lower case matches in any case, where case does not count', () => {
    fc.assert(
      fc.property(text, text, (pattern, candidate) => {
        const lower = compilePattern(pattern.toLowerCase());
        expect(matchesPatternIgnoringCase(lower, candidate)).toBe(asRegExp(pattern, 'i').test(candidate));
      }),
      { numRuns: 5000 },
    );
  });

  it('takes time in proportion to the text, however many stars it has', () => {
    const pattern = compilePattern(`${'a*'.repeat(50)}b`);
    const started = performance.now();
    expect(matchesPattern(pattern, 'a'.repeat(20_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
