import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const CHECKOUT = path.resolve(import.meta.dirname, '../..');

/** Every document that is under version control. */
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'labs/**/*.md', 'tools/**/*.md', 'test/**/*.md'], {
  cwd: CHECKOUT,
}).sort();

/** Those that speak to somebody new, who takes paths and commands at their word. */
const GUIDES = ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md'];

const read = (document: string): string => readFileSync(path.join(CHECKOUT, document), 'utf8');

/** Prose without its code blocks: a link in an example is none. */
const proseOf = (document: string): string => read(document).replace(/^```[\s\S]*?^```/gm, '');

/** What the links of a document lead to, without those to other sites. */
const linksOf = (document: string): readonly string[] =>
  [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (document: string): readonly string[] =>
  [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

function isThere(document: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const found = file === '' ? document : path.join(path.dirname(document), file);
  if (!existsSync(path.join(CHECKOUT, found))) return false;
  return anchor === undefined || anchorsOf(found).includes(anchor);
}

describe('documents', () => {
  it('are found', () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'docs/deploy.md', 'docs/runbook.md']));
  });

  it.each(DOCUMENTS)('%s links to what is there', (document) => {
    expect(linksOf(document).filter((target) => !isThere(document, target))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names npm scripts that there are', (document) => {
    const named = [...read(document).matchAll(/\bnpm run (?:--silent |-s )?([a-z][\w:-]*)/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([]);
  });

  it.each(GUIDES)('%s names files and folders that are there', (document) => {
    const named = [
      ...proseOf(document).matchAll(/`((?:src|lambdas|lib|stacksets|bin|labs|tools|test|docs)\/[\w./-]*)`/g),
    ];
    expect(named.length).toBeGreaterThan(3);
    expect(named.map(([, name = '']) => name).filter((name) => !existsSync(path.join(CHECKOUT, name)))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names no folder of a machine', (document) => {
    expect(read(document)).not.toMatch(/\/(home|Users|root)\/|\/work\/|\/tmp\//);
  });
});

describe('the README', () => {
  it('has every folder of src in its table', () => {
    const folders = globSync('src/*/', { cwd: CHECKOUT }).map((folder) => folder.replace(/\/$/, ''));
    expect(folders.filter((folder) => !read('README.md').includes(`| \`${folder}\` |`))).toEqual([]);
  });
});

describe('decision records', () => {
  const RECORDS = DOCUMENTS.filter((document) => document.startsWith('docs/decisions/'));

  it.each(RECORDS)('%s has a context, a decision and its consequences, and its number', (document) => {
    const number = path.basename(document).slice(0, 4);
    expect(number).toMatch(/^\d{4}$/);
    expect(read(document)).toMatch(
      new RegExp(
        `^# ${number}\\. .+\\n[\\s\\S]*\\n## Context\\n[\\s\\S]*\\n## Decision\\n[\\s\\S]*\\n## Consequences\\n`,
      ),
    );
  });

  it('have one number each', () => {
    const numbers = RECORDS.map((document) => path.basename(document).slice(0, 4));
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
