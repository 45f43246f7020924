import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The folders of `src/` in the order of the flow: each imports only from those before it. docs/architecture.md */
const ORDER = [
  'kernel',
  'policy',
  'observations',
  'connectors',
  'inventory',
  'control',
  'runs',
  'graph',
  'correlations',
  'paths',
  'findings',
  'stitch',
  'store',
];

/** Folders without I/O, clock and environment, and what they may import besides each other. */
const PURE = ['kernel', 'policy', 'observations', 'inventory', 'control', 'graph', 'correlations', 'paths', 'findings'];
const DECIDES = ['policy', 'graph', 'correlations', 'paths', 'findings'];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly type_only: boolean;
}

const files = (folder: string): string[] => globSync(`${folder}/**/*.ts`, { cwd: ROOT }).toSorted();

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gm);
  return [...statements].map(([, type_only, specifier = '']) => ({
    file,
    target: specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : specifier,
    type_only: type_only !== undefined,
  }));
}

const folderOf = (file: string): string => file.split('/')[1] ?? '';
const imports = files('src').flatMap(importsOf);

describe('the folders of src', () => {
  it('are all known to this test', () => {
    const present = new Set(files('src').map(folderOf));
    expect([...present].filter((folder) => !ORDER.includes(folder))).toEqual([]);
  });

  it('import only from folders before them', () => {
    const backwards = imports.filter(
      ({ file, target }) =>
        target.startsWith('src/') && ORDER.indexOf(folderOf(target)) > ORDER.indexOf(folderOf(file)),
    );
    expect(backwards).toEqual([]);
  });

  it('import nothing from outside src', () => {
    const outside = imports.filter(({ target }) => /^(bin|lambdas|lib|stacksets|labs|tools|test|web)\//.test(target));
    expect(outside).toEqual([]);
  });
});

describe('folders that decide', () => {
  it('import no library that does I/O', () => {
    // croner computes times; a Cron without a function sets no timer.
    const allowed = /^(src\/|node:crypto$|zod$|croner$)/;
    const impure = imports.filter(({ file, target }) => PURE.includes(folderOf(file)) && !allowed.test(target));
    expect(impure).toEqual([]);
  });

  it('ask for no clock, no randomness and no environment', () => {
    const asking = files('src')
      .filter((file) => DECIDES.includes(folderOf(file)) || folderOf(file) === 'inventory')
      .filter((file) =>
        /\bnew Date\(\)|\bDate\.now\(|\bperformance\.|\bMath\.random\(|\brandomUUID\(|\bprocess\./.test(
          readFileSync(path.join(ROOT, file), 'utf8'),
        ),
      );
    expect(asking).toEqual([]);
  });

  it('are synchronous', () => {
    const waiting = files('src')
      .filter((file) => DECIDES.includes(folderOf(file)))
      .filter((file) => /\basync\b|\bawait\b|\bPromise\b/.test(readFileSync(path.join(ROOT, file), 'utf8')));
    expect(waiting).toEqual([]);
  });
});

describe('the AWS SDK', () => {
  it('is used by connectors in src, and nowhere else in it', () => {
    const using = imports.filter(
      ({ file, target }) => target.startsWith('@aws-sdk/') && !file.startsWith('src/connectors/aws/'),
    );
    expect(using).toEqual([]);
  });
});

describe('the database driver', () => {
  it('is used by the stores in src, and nowhere else in it', () => {
    const using = imports.filter(({ file, target }) => target === 'mongodb' && folderOf(file) !== 'store');
    expect(using).toEqual([]);
  });

  it('is asked for no operation that only some servers know', () => {
    const asking = files('src/store').filter((file) =>
      /startSession|withTransaction|\.watch\(|updateOne\([^)]*,\s*\[|partialFilterExpression/.test(
        readFileSync(path.join(ROOT, file), 'utf8'),
      ),
    );
    expect(asking).toEqual([]);
  });
});
