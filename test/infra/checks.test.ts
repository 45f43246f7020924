import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CfnResource, type Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { exampleConfig, type Overrides } from './example.ts';
import { hubApp } from './hub-template.ts';

const Report = z.object({
  pluginReports: z.array(z.object({ violations: z.array(z.object({ ruleName: z.string() })) })),
});
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

describe('the checks of CloudFormation itself', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hub-validation-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What they find in a hub, by id. The validation of the CDK writes a report beside the template. */
  function findings(name: string, change: (stack: Stack) => void = () => {}): readonly string[] {
    const outdir = path.join(folder, name);
    const { app, stack } = hubApp({}, { builtinCloudFormationValidation: true, outdir });
    change(stack);
    try {
      app.synth();
    } catch {
      // Errors are in the report as well.
    }
    const report = Report.parse(JSON.parse(readFileSync(path.join(outdir, 'validation-report.json'), 'utf8')));
    return report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
  }

  test('find nothing', () => {
    expect(findings('right')).toEqual([]);
  });

  test('find a property that there is not', () => {
    const properties = { NoSuchProperty: 1 };
    const wrong = findings(
      'wrong',
      (stack) => new CfnResource(stack, 'Wrong', { type: 'AWS::SQS::Queue', properties }),
    );
    expect(wrong).not.toEqual([]);
  });
});

test.each(HUBS)('$which passes the AwsSolutions checks', ({ overrides }) => {
  const { app } = hubApp(overrides);
  const report = new AwsSolutionsChecks(app).validateScope(app);
  expect(report.violations).toEqual([]);
});
