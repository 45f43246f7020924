import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderTable } from '../../bin/terminal/table.ts';
import { type Claim, claims } from '../../tools/demo/claims.ts';
import { difference, NO_DIFFERENCE, type Snapshots } from '../../tools/demo/documents.ts';

const snapshots = (entities: Readonly<Record<string, string>>): Snapshots => ({
  entities: new Map(Object.entries(entities).map(([id, hash]) => [id, { hash, name: `arn:${id}` }])),
  edges: new Map(),
  correlations: new Map(),
  canonical_identities: new Map(),
  identity_members: new Map(),
  stitched_paths: new Map(),
});

describe('the difference between two readings of the database', () => {
  it('is none where every document is the same', () => {
    expect(difference(snapshots({ a: '1' }), snapshots({ a: '1' }))).toEqual(NO_DIFFERENCE);
  });

  it('names what appeared, changed and went away', () => {
    expect(difference(snapshots({ a: '1', b: '1' }), snapshots({ b: '2', c: '1' }))).toEqual({
      appeared: ['arn:c'],
      changed: ['arn:b'],
      gone: ['arn:a'],
    });
  });
});

describe('claims', () => {
  it('are told one by one, and show what was seen where they do not hold', () => {
    const told: Claim[] = [];
    const made = claims((claim) => told.push(claim));
    made.equal('lists are equal by value', [1, { a: 2 }], [1, { a: 2 }]);
    made.equal('and not by likeness', [1], ['1']);
    made.hold('a plain one', false, 'this');
    expect(told).toEqual(made.made);
    expect(made.made).toEqual([
      { claim: 'lists are equal by value', holds: true },
      { claim: 'and not by likeness', holds: false, seen: [1] },
      { claim: 'a plain one', holds: false, seen: 'this' },
    ]);
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, and numbers to the right', () => {
    expect(
      renderTable(
        ['name', 'n'],
        [
          ['a-long-one', '7'],
          ['b', '12'],
        ],
        (_, text) => text,
      ),
    ).toEqual(['name         n', 'a-long-one   7', 'b           12']);
  });
});

describe('the demo', () => {
  /** What its files import from a folder of the product, types left out. */
  const importsOf = (file: string): readonly string[] =>
    [...readFileSync(file, 'utf8').matchAll(/^import (?!type\b)(?:[^;]*?) from '([^']+)'/gm)]
      .map(([, target = '']) => (target.startsWith('.') ? path.join(path.dirname(file), target) : target))
      .filter((target) => /^(src|lambdas|lib)\/|^mongodb$/.test(target));

  it('uses nothing of the hub but its API, through the client that the CLI has, and its database only to see what is there', () => {
    const imported = [...globSync('tools/demo/*.ts'), 'labs/mediapro/connect.ts']
      .toSorted()
      .flatMap((file) => importsOf(file).map((target) => `${file} ${target}`));
    expect(imported).toEqual(['tools/demo/documents.ts mongodb', 'tools/demo/documents.ts src/kernel/canonical.ts']);
    const calls = readFileSync('tools/demo/documents.ts', 'utf8').match(
      /\.(find|insert|update|replace|delete|bulk)\w*\(/g,
    );
    expect(calls).toEqual(['.find(']);
  });
});
