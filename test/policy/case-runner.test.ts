import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'policy-cases-'));
afterAll(() => rmSync(folder, { recursive: true }));

const aCase = (overrides: object) => ({
  id: 'X01',
  principal: { arn: 'arn:aws:iam::222222222222:role/app', account: '222222222222', organization: null, tags: {} },
  action: 's3:GetObject',
  resource: { arn: 'arn:aws:s3:::b/k', account: '222222222222' },
  identityPolicies: [{ Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } }],
  ...overrides,
});

/** Runs the command on one file of cases. */
function run(cases: unknown): { readonly lines: readonly string[]; readonly status: number } {
  const file = join(folder, 'cases.json');
  writeFileSync(file, JSON.stringify(cases));
  try {
    const output = execFileSync(process.execPath, ['tools/policy-cases.ts', file], { encoding: 'utf8', stdio: 'pipe' });
    return { lines: output.trim().split('\n'), status: 0 };
  } catch (error) {
    const { stdout, status } = error as { stdout: string; status: number };
    return { lines: stdout.trim().split('\n'), status };
  }
}

describe('node tools/policy-cases.ts FILE', () => {
  it('prints one JSON line for each case, then the count', () => {
    const condition = {
      Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'a:b': 'x' } } },
    };
    const { lines, status } = run([
      aCase({ expected: 'allowed' }),
      aCase({ id: 'X02', expected: 'conditional', identityPolicies: [condition] }),
    ]);
    expect(lines.slice(0, -1).map((line) => JSON.parse(line))).toEqual([
      {
        id: 'X01',
        expected: 'allowed',
        decision: 'allowed',
        conditions: [],
        sentences: [],
        blocked_by: 'none',
        pass: true,
      },
      {
        id: 'X02',
        expected: 'conditional',
        decision: 'conditional',
        conditions: [{ operator: 'StringEquals', key: 'a:b', values: ['x'] }],
        sentences: ['if `a:b` is `x`'],
        blocked_by: 'none',
        pass: true,
      },
    ]);
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
    expect(status).toBe(0);
  });

  it('names a malformed document and goes on with the next case', () => {
    const { lines, status } = run([
      aCase({ expected: 'allowed', identityPolicies: ['{'] }),
      aCase({ id: 'X02', expected: 'denied', identityPolicies: [] }),
    ]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ decision: 'error', pass: false });
    expect(lines[0]).toContain('identityPolicies[0]: document: is not JSON');
    expect(lines.at(-1)).toBe('1 passed, 1 failed');
    expect(status).toBe(1);
  });

  it('counts a case that expects nothing as neither', () => {
    const { lines } = run([aCase({})]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ decision: 'allowed', expected: null, pass: null });
    expect(lines.at(-1)).toBe('0 passed, 0 failed');
  });

  it('takes a case that is none for a failure, and a file that is none for an error', () => {
    expect(run([{ id: 'X09' }]).lines.at(-1)).toBe('0 passed, 1 failed');
    expect(run({})).toEqual({ lines: ['0 passed, 0 failed'], status: 2 });
  });
});
