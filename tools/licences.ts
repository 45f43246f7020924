import path from 'node:path';
import { allows } from './licences/expression.ts';
import { mavenPackages, npmPackages, type Package, pythonPackages } from './licences/packages.ts';

/** Permissive licences: they ask for a notice at most. SPDX identifiers. */
export const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
]);

/** Packages under another licence that are tools of ours only, each with the reason why that does no harm. */
export const ARGUED: readonly { readonly name: RegExp; readonly licence: string; readonly because: string }[] = [
  {
    name: /^lightningcss(-[a-z0-9-]+)?$/,
    licence: 'MPL-2.0',
    because: 'Vite requires it, and Vitest runs on Vite: we neither change it nor pass it on',
  },
  {
    name: /^(certifi|hypothesis)$/,
    licence: 'MPL-2.0',
    because: 'schemathesis requires them, which tries the API in a test: we neither change them nor pass them on',
  },
];

/** Every package that this repository fetches. */
export const allPackages = (checkout: string): readonly Package[] => [
  ...npmPackages(checkout),
  ...pythonPackages(checkout),
  ...mavenPackages(checkout),
];

/** What is wrong with a package's licence, in words; undefined where nothing is. */
export function objection({ from, name, version, licence, development }: Package): string | undefined {
  const what = `${from} ${name} ${version}`;
  if (licence === undefined) {
    const where =
      from === 'npm' ? 'its package.json names none' : 'look it up and add it to tools/licences/elsewhere.json';
    return `${what} has no known licence: ${where}`;
  }
  if (allows(licence, (one) => ALLOWED.has(one))) return undefined;
  const argued = ARGUED.some((one) => one.name.test(name) && one.licence === licence);
  if (argued && development) return undefined;
  return `${what} is under ${licence}, which is not on the list in tools/licences.ts`;
}

if (import.meta.main) {
  const packages = allPackages(path.resolve(import.meta.dirname, '..'));
  const counts = Map.groupBy(packages, ({ licence }) => licence ?? 'unknown');
  for (const [licence, of] of [...counts].sort((a, b) => b[1].length - a[1].length)) {
    process.stdout.write(`${String(of.length).padStart(4)}  ${licence}\n`);
  }
  const objections = packages.flatMap((one) => objection(one) ?? []);
  for (const line of objections) process.stderr.write(`${line}\n`);
  if (objections.length > 0) process.exitCode = 1;
}
