import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../bin/scan/options.ts';
import { plannedCalls } from '../../../bin/scan/planned-calls.ts';
import { UsageError } from '../../../bin/usage-error.ts';
import { declaredActions } from '../../../src/connectors/aws/all-collectors.ts';
import { AWS_CATEGORIES } from '../../../src/connectors/aws/categories.ts';

const read = (...args: string[]) => readOptions(args, () => undefined);

describe('the command line of a scan', () => {
  it('looks at every category, where none is named', () => {
    expect(read()).toMatchObject({
      serviceCategories: AWS_CATEGORIES,
      roleName: 'SecurityV0ReadOnly',
      tenant: 'local',
    });
  });

  it('takes lists with commas, each name once', () => {
    expect(
      read('--accounts', '111111111111, 222222222222,111111111111', '--regions', 'eu-west-1,us-east-1'),
    ).toMatchObject({ accounts: ['111111111111', '222222222222'], regions: ['eu-west-1', 'us-east-1'] });
  });

  it('takes the account and the region of Identity Center', () => {
    expect(read('--identity-center', '111111111111:us-gov-west-1')).toMatchObject({
      identityCenter: { account_id: '111111111111', region: 'us-gov-west-1' },
    });
  });

  it.each([
    [['--identity-center', '111111111111'], 'such as 111111111111:eu-west-1'],
    [['--identity-center', '1234:eu-west-1'], '1234:eu-west-1'],
    [['--identity-center', '111111111111:europe'], '111111111111:europe'],
    [['--identity-center', '111111111111:eu-west-1:x'], '111111111111:eu-west-1:x'],
    [['--all-regions', '--regions', 'eu-west-1'], 'cannot be used with'],
    [['--accounts', '1234'], '1234'],
    [['--accounts', ','], 'twelve digits'],
    [['--regions', 'europe'], 'europe'],
    [['--service-categories', 'aws_iam,aws_nothing'], 'aws_nothing'],
    [['--at-once', '0'], 'at least 1'],
    [['--nonsense'], '--nonsense'],
    [['stray'], 'too many arguments'],
  ])('says what is wrong with %s', (args, said) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(said);
  });

  it('gives help', () => {
    let told = '';
    expect(readOptions(['--help'], (text) => (told += text))).toBeUndefined();
    expect(told).toContain('Exit codes');
  });
});

describe('the calls of a scan', () => {
  it('ask each account for its regions where all of them are to be looked at', async () => {
    const callsOf = async (allRegions?: true) =>
      (await plannedCalls({ serviceCategories: ['aws_s3'], ...(allRegions && { allRegions }) }, {})).flatMap(
        ({ actions }) => actions,
      );
    expect(await callsOf(true)).toContain('account:ListRegions');
    expect(await callsOf()).not.toContain('account:ListRegions');
  });

  it('are what the collectors of its categories declare, and the two that open a session', async () => {
    const calls = await plannedCalls({ serviceCategories: ['aws_s3'] }, {});
    expect(calls.flatMap(({ actions }) => actions).toSorted()).toEqual(
      [
        'sts:GetCallerIdentity',
        'sts:AssumeRole',
        ...declaredActions(({ category }) => category === 'aws_s3'),
      ].toSorted(),
    );
  });

  it.each([
    [{ organization: true as const }, {}, true],
    [{}, { AWS_ORGANIZATION_ROLE_ARN: 'arn:aws:iam::111111111111:role/lists' }, true],
    [{ accounts: ['111111111111'] }, { AWS_ORGANIZATION_ROLE_ARN: 'arn:aws:iam::111111111111:role/lists' }, false],
    [{}, {}, false],
  ])('ask for the organization where that is scanned: %o %o', async (options, env, asks) => {
    const calls = await plannedCalls({ ...options, serviceCategories: ['aws_s3'] }, env);
    expect(calls.some(({ category }) => category === 'aws_organizations')).toBe(asks);
  });
});
