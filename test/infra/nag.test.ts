import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { exampleConfig, type Overrides } from './example.ts';
import { hubApp } from './hub-template.ts';

const { organization } = exampleConfig();
const organization_role_arn = 'arn:aws:iam::222222222222:role/SecurityV0Organization';
const HUBS: readonly { readonly which: string; readonly overrides: Overrides }[] = [
  { which: 'a hub that lists its organization itself', overrides: {} },
  { which: 'a hub with an organization role', overrides: { organization: { ...organization, organization_role_arn } } },
  { which: 'a hub of named accounts', overrides: { organization: undefined, accounts: ['333333333333'] } },
];

test('a check that nobody argued with is reported', () => {
  const { app, stack } = hubApp();
  new Queue(stack, 'Careless');
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  expect(violations.map(({ ruleName }) => ruleName).sort()).toEqual(['AwsSolutions-SQS3', 'AwsSolutions-SQS4']);
});

test.each(HUBS)('$which passes the AwsSolutions checks', ({ overrides }) => {
  const { app } = hubApp(overrides);
  const report = new AwsSolutionsChecks(app).validateScope(app);
  expect(report.violations).toEqual([]);
});
