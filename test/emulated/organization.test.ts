import {
  CloseAccountCommand,
  OrganizationsClient,
  RemoveAccountFromOrganizationCommand,
} from '@aws-sdk/client-organizations';
import type { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { upSpokeRoles } from '../../labs/mediapro/estate.ts';
import type { CollectorTask, Connector } from '../../src/connectors/connector.ts';
import { changeScope, type ScanScopeChange } from '../../src/control/change-scope.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connect, ensureIndexes } from '../../src/store/database.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { seedGiant } from '../../tools/bench/giant-estate.ts';
import { type MeasuredScan, measuredScan, type ScanTerms } from '../../tools/bench/measured-scan.ts';
import { type ScanStage, setScanStage } from '../../tools/bench/scan-stage.ts';
import { withDatabase } from '../../tools/local/mongo.ts';
import { type Claims, claimsIn, difference, renamed } from './claims.ts';

let stage: ScanStage;
const clients: MongoClient[] = [];

beforeAll(async () => {
  stage = await setScanStage();
  // The connector's clients take the address from the environment, as a process of the caller's would.
  Object.assign(process.env, stage.env);
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await stage?.stop();
});

async function aDatabase(name: string) {
  const { client, db } = await connect(withDatabase(stage.proxy.uri, name));
  clients.push(client);
  await ensureIndexes(db, COLLECTIONS);
  return db;
}

describe('what nobody plans to look at any more', () => {
  const NOW = 'iam.authorization-details';
  const FORMER = 'iam.identities';
  const ALL: ScanTerms = { account_ids: [], service_categories: ['aws_iam', 'aws_dynamodb_sns'] };
  let db: Awaited<ReturnType<typeof aDatabase>>;
  let organizations: OrganizationsClient;
  /** What was claimed after the scan before. */
  let before: Claims;

  beforeAll(async () => {
    const { placement, management_account } = stage.organization;
    const { organization_id } = placement;
    await upSpokeRoles(stage.world, { organization_id, accounts: { management_account } }, stage.hub);
    organizations = new OrganizationsClient(stage.world.client(management_account));
    db = await aDatabase('planned');
    await scan({ ...ALL, around_connector: (connector) => renaming(connector, NOW, FORMER) });
    before = await claimsIn(db);
  });
  afterAll(() => organizations?.destroy());

  /** Scans, and sees to it that nothing went wrong. */
  async function scan(terms: ScanTerms = ALL): Promise<MeasuredScan> {
    const scanned = await measuredScan(stage, db, terms);
    expect(scanned.finished).toMatchObject({ run: { status: 'succeeded', errors: [] }, given_up: [] });
    return scanned;
  }

  /** How the claims differ from those after the scan before. */
  async function changes() {
    const after = await claimsIn(db);
    const changed = difference(before, after);
    before = after;
    return changed;
  }

  test('the claims of a collector under its former name go, and those under its new name say the same', async () => {
    const former = before;
    expect([...former.keys()].filter(({ collector }) => collector === FORMER).length).toBeGreaterThan(0);
    await scan();
    before = renamed(former, FORMER, NOW);
    expect(await changes()).toEqual({ added: [], removed: [], changed: [] });
  });

  test('an account that was closed is kept, marked and skipped, and loses nothing', async () => {
    const { workloads } = stage.organization.placement.accounts;
    await organizations.send(new CloseAccountCommand({ AccountId: workloads }));
    const { finished } = await scan();
    for (const { coverage, api_calls } of cellsOf(finished.cells, workloads)) {
      expect(coverage).toEqual([expect.objectContaining({ status: 'skipped', reason: 'account is SUSPENDED' })]);
      expect(api_calls).toBe(0);
    }
    const account = await db.collection(ENTITIES.name).findOne({ source_record_id: `arn:aws:iam::${workloads}:root` });
    expect(account).toMatchObject({ properties: { status: 'SUSPENDED' } });
    const { added, removed, changed } = await changes();
    expect([added, removed]).toEqual([[], []]);
    expect(changed.map(({ of, collector }) => [of, collector])).toEqual([[account?._id, 'organizations.accounts']]);
  });

  test('an account that left loses every claim that it made and that was made about it, and no other loses any', async () => {
    const { workloads } = stage.organization.placement.accounts;
    const of_it = await db.collection(ENTITIES.name).distinct('_id', { 'claims.by.cell': `aws_iam:${workloads}` });
    expect(of_it.length).toBeGreaterThan(10);
    const theirs = [...before.keys()].filter(({ cell }) => cell.endsWith(`:${workloads}`));
    await organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId: workloads }));
    const { finished } = await scan();
    expect(cellsOf(finished.cells, workloads)).toEqual([]);
    const { added, removed, changed } = await changes();
    expect([added, changed]).toEqual([[], []]);
    const by_discovery = removed.filter(({ cell }) => cell.startsWith('aws_organizations:'));
    // The account itself, where it belongs, and the policy that is attached to it.
    expect(by_discovery).toHaveLength(3);
    expect(new Set(removed)).toEqual(new Set([...theirs, ...by_discovery]));
  });

  test('of a scope that was made narrower only what it still plans is left', async () => {
    const { data } = stage.organization.placement.accounts;
    const gone = [...before.keys()].filter(
      ({ cell }) => cell !== `aws_iam:${data}` && !cell.startsWith('aws_organizations:'),
    );
    expect(new Set(gone.map(({ cell }) => cell)).size).toBeGreaterThan(2);
    await narrow({ scope_keys: { account_ids: [data], regions: [] }, service_categories: ['aws_iam'] });
    const { finished } = await scan();
    expect(finished.cells.map(({ category }) => category).sort()).toEqual([
      'aws_iam',
      'aws_organizations',
      'retirement',
    ]);
    const { added, removed, changed } = await changes();
    expect([added, changed]).toEqual([[], []]);
    expect(new Set(removed)).toEqual(new Set(gone));
  });

  test('and the scan after that writes nothing', async () => {
    expect((await scan()).written).toBe(0);
  });

  /** Changes the one scope that there is, as the API does. */
  async function narrow(change: ScanScopeChange): Promise<void> {
    const tenant = { tenant_id: 'local', workspace_id: 'scan' };
    const instance = (await db.collection<{ _id: string }>('connector_instances').findOne())?._id ?? '';
    const [scopes, instances] = [scanScopeStore(db), connectorInstanceStore(db)];
    const [known, [scope]] = await Promise.all([instances.get(tenant, instance), scopes.enabledOf(tenant, instance)]);
    if (!known || !scope) throw new Error('a scan has made an instance and a scope');
    const { document } = changeScope(scope, known, change, new Date());
    expect(await scopes.change(scope, document, [])).toBe(true);
  }
});

const cellsOf = (cells: readonly Cell[], account: AccountId) =>
  cells.filter(({ account_id }) => account_id === account);

/** The connector as it was when one of its collectors had another name. */
const renaming = (connector: Connector, now: string, former: string): Connector => {
  const formerly = (tasks: readonly CollectorTask[]): readonly CollectorTask[] =>
    tasks.map((task) => (task.collector === now ? { ...task, collector: former } : task));
  return {
    ...connector,
    tasks: async (...of) => formerly(await connector.tasks(...of)),
    tasksIn: async (...of) => formerly(await connector.tasksIn(...of)),
    open: async (target) => {
      const source = await connector.open(target);
      return {
        ...source,
        async *run(task, cursor) {
          const { collector } = task;
          const row = yield* source.run({ ...task, collector: collector === former ? now : collector }, cursor);
          return { ...row, collector };
        },
      };
    },
  };
};

describe('one account of 1,200 roles beside small ones', () => {
  const ROLES = 1_200;
  const SMALL = 3;

  test('is looked at in parts and as a whole, and the small ones do not wait for it; again nothing is written', async () => {
    const { giant, small } = await seedGiant(stage, { roles: ROLES, small: SMALL });
    const db = await aDatabase('giant');
    const order: string[] = [];
    const terms: ScanTerms = {
      account_ids: [...small, giant],
      service_categories: ['aws_iam'],
      part_size: 2_000,
      around_cells: (work) => async (message, delivery) => {
        const name = `${message.cell_id.split('/').at(-1)} part ${message.part}`;
        order.push(`${name} began`);
        const outcome = await work(message, delivery);
        order.push(`${name} ended`);
        return outcome;
      },
    };
    const { finished, written } = await measuredScan(stage, db, terms);
    expect(finished).toMatchObject({ run: { status: 'succeeded', errors: [] }, given_up: [] });
    const last = cellsOf(finished.cells, giant)[0]?.part ?? 0;
    expect(last).toBeGreaterThan(1);
    const begins_last = order.indexOf(`aws_iam:${giant} part ${last} began`);
    for (const account of small) {
      const ends = order.indexOf(`aws_iam:${account} part 0 ended`);
      expect(ends).toBeGreaterThan(-1);
      expect(ends).toBeLessThan(begins_last);
    }
    const arns = await db.collection(ENTITIES.name).distinct('source_record_id', {
      'claims.by.cell': `aws_iam:${giant}`,
      entity_type: 'aws_iam_role',
      retired_at: { $exists: false },
      source_record_id: new RegExp(`:${giant}:role/app-`),
    });
    expect(arns).toHaveLength(ROLES);
    expect(written).toBeGreaterThan(ROLES);

    const again = await measuredScan(stage, db, terms);
    expect(again.finished.run.status).toBe('succeeded');
    expect(cellsOf(again.finished.cells, giant)[0]).toMatchObject({ part: last, counts: { added: 0, removed: 0 } });
    expect(again.written).toBe(0);
  });
});
