import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import elsewhere from './elsewhere.json' with { type: 'json' };

/** Something that somebody else wrote and this repository fetches. */
export interface Package {
  readonly from: 'npm' | 'python' | 'maven';
  readonly name: string;
  readonly version: string;
  /** SPDX expression; undefined where nobody says. */
  readonly licence: string | undefined;
  /** Whether it is only a tool of ours, and in nothing that is deployed. */
  readonly development: boolean;
}

const Locked = z.looseObject({
  version: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
});
const LockFile = z.looseObject({ packages: z.record(z.string(), Locked) });

/** The ways in which packages have said it over the years. https://docs.npmjs.com/cli/configuring-npm/package-json#license */
const Manifest = z.looseObject({
  license: z.union([z.string(), z.looseObject({ type: z.string() }).transform(({ type }) => type)]).optional(),
  licenses: z.array(z.looseObject({ type: z.string() })).optional(),
});

/**
 * Every package of package-lock.json, as its own package.json says it. Those for other platforms are not installed: for
 * them it is what npm wrote into the lock file.
 */
export function npmPackages(checkout: string): readonly Package[] {
  const { packages } = LockFile.parse(JSON.parse(readFileSync(path.join(checkout, 'package-lock.json'), 'utf8')));
  return Object.entries(packages)
    .filter(([folder]) => folder !== '')
    .map(([folder, { version = '', license, dev = false }]) => ({
      from: 'npm',
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: statedIn(path.join(checkout, folder, 'package.json'), license),
      development: dev,
    }));
}

function statedIn(manifest: string, otherwise: string | undefined): string | undefined {
  if (!existsSync(manifest)) return otherwise;
  const { license, licenses } = Manifest.parse(JSON.parse(readFileSync(manifest, 'utf8')));
  return license ?? licenses?.map(({ type }) => type).join(' OR ');
}

/** Where Python packages are pinned. */
const REQUIREMENTS = ['tools/local/requirements.txt', 'test/e2e/requirements.txt'];

/** Every Python package that is pinned anywhere. */
export function pythonPackages(checkout: string): readonly Package[] {
  const texts = REQUIREMENTS.map((file) => readFileSync(path.join(checkout, file), 'utf8'));
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = line, version = ''] = /^([\w.-]+)==([\w.]+)/.exec(line) ?? [];
    return fromTable('python', name, version);
  });
}

/** Every dependency and plugin in tools/local/mongo/pom.xml, and every jar that came of them if they are fetched. */
export function mavenPackages(checkout: string): readonly Package[] {
  const pom = readFileSync(path.join(checkout, 'tools/local/mongo/pom.xml'), 'utf8');
  const pinned = [...pom.matchAll(/<(dependency|plugin)>([\s\S]*?)<\/\1>/g)].map(([, , body = '']) =>
    fromTable('maven', element(body, 'artifactId'), element(body, 'version')),
  );
  const jars = globSync('*.jar', { cwd: path.join(checkout, '.local/mongo/lib') }).map((jar) => {
    const [, name = jar, version = ''] = /^(.+?)-(\d[\w.]*)\.jar$/.exec(jar) ?? [];
    return fromTable('maven', name, version);
  });
  return [...new Map([...pinned, ...jars].map((one) => [one.name, one])).values()];
}

const element = (xml: string, name: string): string => new RegExp(`<${name}>(.*?)</${name}>`).exec(xml)?.[1] ?? '';

/** Neither ecosystem says it in one place, so a person looked it up, for this very version: `elsewhere.json` says where. */
function fromTable(from: 'python' | 'maven', name: string, version: string): Package {
  const row = elsewhere.find((one) => one.from === from && one.name === name && one.version === version);
  return { from, name, version, licence: row?.licence, development: true };
}
