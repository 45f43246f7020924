import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, BootstraplessSynthesizer, Tags } from 'aws-cdk-lib';
import { DataStack } from './data-stack.ts';
import type { AccountKey } from './names.ts';
import type { Placement } from './placement.ts';
import { WorkloadsStack } from './workloads-stack.ts';

/** Names of the stacks, by account. */
export const STACK_NAMES = { workloads: 'mediapro-workloads', data: 'mediapro-data' } as const;

/** Stacks without assets need no bootstrapped account. The CDK's own class does not fit the CDK's own props when optional properties are read exactly. */
const WITHOUT_BOOTSTRAP: object = { synthesizer: new BootstraplessSynthesizer() };

/**
 * The estate's stacks. mp-workloads comes first: AWS refuses a trust policy that names a role which is not there.
 */
export function mediaPro(app: App, placement: Placement): void {
  const place = (account: AccountKey) => ({
    env: { account: placement.accounts[account], region: placement.region },
    ...WITHOUT_BOOTSTRAP,
    placement,
  });
  const workloads = new WorkloadsStack(app, STACK_NAMES.workloads, place('workloads'));
  const data = new DataStack(app, STACK_NAMES.data, place('data'));
  data.addStackDependency(workloads);
  Tags.of(app).add('estate', 'mediapro');
}

/** One account's template, ready for CloudFormation. */
export interface EstateTemplate {
  readonly account: AccountKey;
  readonly stack: string;
  /** JSON. */
  readonly template: string;
}

/** Synthesizes the stacks here, without the CDK CLI, in the order in which they are to be deployed. */
export function synthesize(placement: Placement): readonly EstateTemplate[] {
  const outdir = mkdtempSync(path.join(tmpdir(), 'mediapro-'));
  try {
    const app = new App({ outdir, analyticsReporting: false });
    mediaPro(app, placement);
    const assembly = app.synth();
    return (['workloads', 'data'] as const).map((account) => ({
      account,
      stack: STACK_NAMES[account],
      template: readFileSync(assembly.getStackByName(STACK_NAMES[account]).templateFullPath, 'utf8'),
    }));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
