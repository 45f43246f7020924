import { mkdtempSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { CHECKOUT, LOCAL } from './checkout.ts';
import type { Services } from './services.ts';

/** What the CDK CLI is run with. */
export interface CdkOptions {
  /** The account whose root deploys. */
  readonly account: string;
  /** The command that synthesizes the app. @default the one in cdk.json */
  readonly app?: string;
  /** `-c name=value` each. */
  readonly context?: Readonly<Record<string, string>>;
  /** @default the checkout */
  readonly cwd?: string;
  /** Beyond the environment that points at the emulator. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of a CDK command. */
export interface CdkResult {
  /** By stack, what the deploy printed as outputs; empty for other commands. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly seconds: number;
  /** The whole of what the CLI printed is in this file. */
  readonly log: string;
}

const Outputs = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Runs the CDK CLI against the emulator: `cdk(services, ['bootstrap'], { account })`, `['deploy', '--all']`, `['destroy',
 * '--all', '--force']`. Quiet; two may run side by side.
 * @throws if it fails, with the last lines that it printed.
 */
export async function cdk(services: Services, args: readonly string[], options: CdkOptions): Promise<CdkResult> {
  const { run, aws } = services;
  const from = performance.now();
  const folder = mkdtempSync(run.file('cdk-'));
  const outputs = path.join(folder, 'outputs.json');
  const home = path.join(LOCAL, 'home');
  await mkdir(home, { recursive: true });
  const child = run.start(path.basename(folder), 'cdk', [...args, ...extraArgs(args, options, folder, outputs)], {
    cwd: options.cwd ?? CHECKOUT,
    env: {
      ...aws.env(options.account),
      // It keeps caches and an installation id in ~/.cdk.
      HOME: home,
      CDK_HOME: path.join(home, '.cdk'),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: 'true',
      // The templates are validated by test/infra.
      CDK_VALIDATION: 'false',
      CI: 'true',
      ...options.env,
    },
  });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`cdk ${args.join(' ')} failed with code ${code}:\n${child.tail(40)}`);
  return {
    outputs: args[0] === 'deploy' ? readOutputs(outputs) : {},
    seconds: (performance.now() - from) / 1000,
    log: child.log,
  };
}

function extraArgs(args: readonly string[], options: CdkOptions, folder: string, outputs: string): string[] {
  const context = Object.entries(options.context ?? {}).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  const app = options.app ? ['--app', options.app] : [];
  const always = ['--no-notices', '--no-color', '--output', path.join(folder, 'out'), ...app, ...context];
  return args[0] === 'deploy'
    ? [...always, '--require-approval', 'never', '--progress', 'events', '--outputs-file', outputs]
    : always;
}

function readOutputs(file: string): z.infer<typeof Outputs> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // The CLI writes no file for stacks without outputs.
    return {};
  }
  return Outputs.parse(JSON.parse(text));
}
