import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDatabase, type ScanDatabase } from '../../bin/scan/database.ts';
import { measuredScan } from '../../tools/bench/measured-scan.ts';
import { type ScanStage, setScanStage } from '../../tools/bench/scan-stage.ts';

let stage: ScanStage;
let database: ScanDatabase;

beforeAll(async () => {
  stage = await setScanStage();
  // The connector's clients take the address of the emulator from the environment.
  for (const [name, value] of Object.entries(stage.env)) vi.stubEnv(name, value);
  database = await openDatabase(process.env);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await database?.close();
  await stage?.stop();
});

/** Scans an account for functions, in the regions that it says are enabled. */
const scan = (regions: readonly string[] = []) =>
  measuredScan(stage, database.db, {
    account_ids: [stage.organization.placement.accounts.workloads],
    service_categories: ['aws_lambda'],
    regions,
  });

test('a run whose regions nobody named asks the account, looks in each region that is enabled, and writes nothing the second time', async () => {
  const { finished, calls, written } = await scan();
  expect(finished.run.status).toBe('succeeded');
  expect(written).toBeGreaterThan(0);
  const account = stage.organization.placement.accounts.workloads;
  const cell = (category: string) => finished.cells.find(({ key }) => key === `${category}:${account}`);
  const { regions = [], coverage = [] } = cell('aws_lambda') ?? {};
  expect(regions).toEqual(expect.arrayContaining([stage.organization.placement.region, 'eu-central-1']));
  expect(new Set(coverage.map(({ region }) => region))).toEqual(new Set(regions));
  expect(calls.rows().filter(({ action }) => action === 'account:ListRegions')).toMatchObject([{ calls: 1 }]);
  const second = await scan();
  expect([second.finished.run.status, second.written]).toEqual(['succeeded', 0]);
});

test('an account that will not tell any more is looked at where it said last, nothing is lost, and the run says what is missing', async () => {
  stage.aws.faults.inject({ when: { action: 'account:ListRegions' }, fault: 'refuse' });
  try {
    const { finished, written } = await scan();
    expect(finished.run).toMatchObject({
      status: 'partial',
      errors: [{ code: 'access_denied', service_category: 'aws_regions' }],
    });
    expect(finished.run.errors[0]?.remedy).toContain('Allow account:ListRegions');
    expect(written).toBe(0);
    expect(finished.cells.find(({ category }) => category === 'aws_lambda')?.regions.length).toBeGreaterThan(2);
  } finally {
    stage.aws.faults.clear();
  }
});
