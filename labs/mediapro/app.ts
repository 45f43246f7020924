import { App } from 'aws-cdk-lib';
import { PLACEMENT_VARIABLES, readPlacement } from './placement.ts';
import { mediaPro } from './stacks.ts';

// Entry for the CDK CLI: `cdk deploy --app "node labs/mediapro/app.ts" -c workloads=... -c data=...`. Context goes before
// the environment.
const app = new App();
mediaPro(
  app,
  readPlacement((name) => app.node.tryGetContext(name) ?? process.env[PLACEMENT_VARIABLES[name]]),
);
