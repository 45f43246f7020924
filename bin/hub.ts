import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfig } from '../lib/config-file.ts';
import { HubStack } from '../lib/hub-stack.ts';

const app = new App({ analyticsReporting: false });
const config = readConfig(app.node.tryGetContext('config'));
new HubStack(app, config.name, {
  config,
  env: { account: config.account, region: config.region },
  description: 'Throughline: what a workload can reach, through which identities, and how we know',
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
