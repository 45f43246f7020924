/**
 * What a scan of the MediaPro estate asks AWS: `npm run bench:scan`. Scans the estate twice on the emulator, as `npm run
 * scan` does, and counts calls by category and action. Fails where a call is made twice with the same parameters within a
 * run (but for the sessions, of which each cell has its own), or where the second scan writes to the inventory.
 */

import { accountsProgress } from '../bin/scan/accounts-progress.ts';
import { openDatabase } from '../bin/scan/database.ts';
import { type Finished, runToEnd } from '../bin/scan/run-to-end.ts';
import type { Wish } from '../bin/scan/what-to-scan.ts';
import { screenOn } from '../bin/terminal/screen.ts';
import { AWS_CATEGORIES } from '../src/connectors/aws/categories.ts';
import { awsConnector } from '../src/connectors/aws/connector.ts';
import { SPOKE_ROLE_NAME } from '../stacksets/spoke-role.ts';
import { RecordedCalls } from './bench/recorded-calls.ts';
import { type ScanStage, setScanStage } from './bench/scan-stage.ts';

/** Categories of services that the emulator does not have at all: what they ask is asserted on recorded answers only. */
const NOT_EMULATED: ReadonlySet<string> = new Set(['aws_access_analyzer']);
const CATEGORIES = AWS_CATEGORIES.filter((category) => !NOT_EMULATED.has(category));

/** What a second scan must not write to. */
const INVENTORY = ['entities', 'edges', 'policy_documents', 'stitched_paths'];

const screen = screenOn(process.stdout);
const aside = screenOn(process.stderr);

interface Measured {
  readonly finished: Finished;
  readonly calls: RecordedCalls;
  /** Documents written to the inventory. */
  readonly written: number;
}

async function measured(stage: ScanStage, database: Awaited<ReturnType<typeof openDatabase>>): Promise<Measured> {
  const { placement, id, management_account } = stage.organization;
  const { security, workloads, data } = placement.accounts;
  const tenancy = { tenant_id: 'local', workspace_id: 'scan' };
  const calls = new RecordedCalls();
  const wish: Wish = {
    tenancy,
    mode: 'organization',
    account_ids: [security, workloads, data],
    regions: [placement.region],
    service_categories: CATEGORIES,
    requested_by: 'bench:scan',
  };
  const organization = { id, management_account_id: management_account, tenant_id: tenancy.tenant_id };
  stage.proxy.resetWrites();
  const finished = await runToEnd(
    {
      db: database.db,
      terms: {
        hub_account_id: security,
        organization,
        categories: AWS_CATEGORIES,
        source_hosts: { servicenow: [], foundry: [] },
      },
      connector: awsConnector({
        region: placement.region,
        spoke_role_name: SPOKE_ROLE_NAME,
        organization_role_arn: stage.organization_role_arn,
        credentials: stage.caller,
        told: (target, call) => calls.add(target, call),
      }),
      at_once: 8,
      progress: accountsProgress(process.stderr, aside),
      aside,
      cancellable: () => undefined,
    },
    wish,
  );
  const writes = stage.proxy.writes();
  return { finished, calls, written: INVENTORY.reduce((sum, name) => sum + (writes[name] ?? 0), 0) };
}

function show({ finished, calls, written }: Measured, title: string): void {
  const { run, seconds } = finished;
  screen.chapter(
    `${title}: run ${run.status}, ${run.totals?.cells} cells, ${run.api_calls} calls, ${written} documents of the inventory written, ${seconds.toFixed(1)} s`,
  );
  const by_category = Map.groupBy(calls.rows(), ({ category }) => category);
  screen.table(
    ['category', 'actions', 'calls', 'of which sts'],
    [...by_category].map(([category, rows]) => {
      const sum = (some: typeof rows): string => String(some.reduce((total, row) => total + row.calls, 0));
      return [category, String(rows.length), sum(rows), sum(rows.filter(({ action }) => action.startsWith('sts:')))];
    }),
  );
}

const stage = await setScanStage();
try {
  // The connector's clients take the address from the environment, as a process of the caller's would.
  Object.assign(process.env, stage.env);
  const database = await openDatabase(process.env);
  try {
    const first = await measured(stage, database);
    show(first, 'The first scan');
    screen.line();
    screen.table(
      ['category', 'action', 'calls'],
      first.calls.rows().map(({ category, action, calls }) => [category, action, String(calls)]),
    );
    const second = await measured(stage, database);
    show(second, 'The second scan, nothing having changed');
    screen.line();
    for (const { code, service_category, account_id, example } of first.finished.run.errors) {
      screen.note(`${code} in ${service_category}:${account_id}: ${example}`);
    }
    const repeated = [...first.calls.repeated(), ...second.calls.repeated()];
    for (const { action, account_id, region, input, calls, categories } of repeated) {
      screen.note(`${calls} times in ${account_id} ${region} by ${categories.join(', ')}: ${action} ${input}`);
    }
    screen.verdict(repeated.length === 0, 'no call is made twice with the same parameters within a run');
    screen.verdict(second.written === 0, 'the second scan writes nothing to the inventory');
    process.exitCode = repeated.length === 0 && second.written === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
} finally {
  await stage.stop();
}
