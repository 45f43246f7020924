import path from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

/** The root of the package. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

/** The file that a function's handler is in, within its bundle. */
export const BUNDLE_FILE = 'index.mjs';

/** How code of a function becomes files that have everything in them. */
export const BUNDLING = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  // ES modules first: they can be shaken, CommonJS cannot.
  mainFields: ['module', 'main'],
  alias: { 'whatwg-url': './lib/bundle/whatwg-url.ts' },
  // Some dependencies are CommonJS and call `require`, which ES modules lack. The name must be one that minified code does not
  // choose for itself.
  banner: {
    js: "import{createRequire as throughlineCreateRequire}from'node:module';const require=throughlineCreateRequire(import.meta.url);",
  },
  logLevel: 'error',
} as const satisfies BuildOptions;

/**
 * Builds `lambdas/<duty>/index.ts` with everything that it needs into `folder`. Dependencies are inside, the AWS SDK too:
 * which version runs is then decided here, and loading one file is faster than finding many. What the code imports only when
 * it is needed (`import()`) gets files of its own beside the one that the handler is in.
 */
export function bundle(duty: string, folder: string): Metafile {
  return buildSync({
    ...BUNDLING,
    entryPoints: [`lambdas/${duty}/index.ts`],
    outdir: folder,
    outExtension: { '.js': path.extname(BUNDLE_FILE) },
    splitting: true,
    metafile: true,
  }).metafile;
}
