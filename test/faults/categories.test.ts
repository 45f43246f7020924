import { type Db, MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Finished, runToEnd } from '../../bin/scan/run-to-end.ts';
import type { Wish } from '../../bin/scan/what-to-scan.ts';
import { screenOn } from '../../bin/terminal/screen.ts';
import { AWS_CATEGORIES } from '../../src/connectors/aws/categories.ts';
import { awsConnector } from '../../src/connectors/aws/connector.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { ensureIndexes } from '../../src/store/database.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';
import { type ScanStage, setScanStage } from '../../tools/bench/scan-stage.ts';
import type { Fault, When } from '../../tools/local/fault-proxy/rules.ts';
import { withDatabase } from '../../tools/local/mongo.ts';
import { ODD, seedCategories } from './category-estate.ts';
import { type Beliefs, beliefsOf, differences } from './truth.ts';

type Category = (typeof AWS_CATEGORIES)[number];

/** Milliseconds that a call may take here, and how long one takes that takes too long. */
const PATIENCE = 2_000;
const TOO_LONG = 2_600;

/** What is tried in a category. */
interface Tried {
  /** The call that is refused, throttled and slow. */
  readonly call: string;
  /** Type of the thing whose record becomes malformed. */
  readonly type: string;
  /** How that comes: what stands in the answer, and what in its place. */
  readonly malformed: { readonly replace: string; readonly by: string };
  /** The call that tells of the thing alone, where the listing says no more than its name. */
  readonly detail?: { readonly call: string; readonly parameters?: Readonly<Record<string, string>> };
}

const NO_NAME = { replace: `"${ODD}"`, by: 'null' };

const TRIED: Readonly<Record<Category, Tried>> = {
  aws_iam: {
    call: 'iam:GetAccountAuthorizationDetails',
    type: 'aws_iam_role',
    malformed: { replace: `<RoleName>${ODD}</RoleName>`, by: '' },
  },
  aws_lambda: { call: 'lambda:ListFunctions', type: 'aws_lambda_function', malformed: NO_NAME },
  aws_bedrock: { call: 'bedrock:ListGuardrails', type: 'aws_bedrock_guardrail', malformed: NO_NAME },
  aws_ecs_ecr: { call: 'ecr:DescribeRepositories', type: 'aws_ecr_repository', malformed: NO_NAME },
  aws_step_functions: { call: 'states:ListStateMachines', type: 'aws_state_machine', malformed: NO_NAME },
  aws_eventbridge: { call: 'events:ListEventBuses', type: 'aws_event_bus', malformed: NO_NAME },
  aws_s3: {
    call: 's3:ListAllMyBuckets',
    type: 'aws_s3_bucket',
    malformed: { replace: 'TagSet', by: 'Nothing' },
    // Of the buckets of the account, one has tags.
    detail: { call: 's3:GetBucketTagging' },
  },
  aws_secrets: { call: 'secretsmanager:ListSecrets', type: 'aws_secretsmanager_secret', malformed: NO_NAME },
  aws_dynamodb_sns: {
    call: 'dynamodb:ListTables',
    type: 'aws_dynamodb_table',
    malformed: { replace: '"Table":', by: '"Nothing":' },
    detail: { call: 'dynamodb:DescribeTable', parameters: { TableName: ODD } },
  },
  aws_cloudtrail: { call: 'cloudtrail:DescribeTrails', type: 'aws_cloudtrail_trail', malformed: NO_NAME },
  aws_access_analyzer: { call: 'access-analyzer:ListAnalyzers', type: 'aws_access_analyzer', malformed: NO_NAME },
  aws_config: { call: 'config:DescribeConfigRules', type: 'aws_config_rule', malformed: NO_NAME },
};

let stage: ScanStage;
let client: MongoClient;
let db: Db;
let before: Beliefs;
let troubled: string;
let witness: string;

beforeAll(async () => {
  stage = await setScanStage();
  const { workloads, data } = stage.organization.placement.accounts;
  troubled = workloads;
  witness = data;
  vi.stubEnv('AWS_ENDPOINT_URL', stage.aws.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_S3_CONTROL', stage.env.AWS_ENDPOINT_URL_S3_CONTROL);
  for (const account of [troubled, witness]) await seedCategories(stage.aws, account);
  client = await MongoClient.connect(withDatabase(stage.mongo.uri, 'categories'));
  db = client.db();
  await ensureIndexes(db, COLLECTIONS);
  const { run } = await scan();
  expect([run.status, run.errors]).toEqual(['succeeded', []]);
  before = await beliefsOf({ db });
});
afterEach(() => stage.aws.faults.clear());
afterAll(async () => {
  vi.unstubAllEnvs();
  await client?.close();
  await stage?.stop();
});

/** The connector of a hub that waits for nobody for long, and whose sessions bear the name of their category: so that a rule can mean one cell's. */
function impatientConnector(): Connector {
  const connector = awsConnector({
    region: stage.aws.region,
    spoke_role_name: SPOKE_ROLE_NAME,
    credentials: stage.caller,
    max_attempts: 1,
    request_timeout: PATIENCE,
  });
  return { ...connector, open: (target) => connector.open({ ...target, session_name: target.category }) };
}

function scan(): Promise<Finished> {
  const { security } = stage.organization.placement.accounts;
  const wish: Wish = {
    tenancy: { tenant_id: 'local', workspace_id: 'scan' },
    mode: 'accounts',
    account_ids: [troubled, witness],
    regions: [stage.aws.region],
    service_categories: AWS_CATEGORIES,
    requested_by: 'tests',
  };
  const quiet = () => undefined;
  return runToEnd(
    {
      db,
      terms: { hub_account_id: security, categories: AWS_CATEGORIES, source_hosts: { servicenow: [], foundry: [] } },
      connector: impatientConnector(),
      at_once: 8,
      progress: { planned: quiet, began: quiet, ended: quiet, stop: quiet },
      aside: screenOn(process.stderr),
      cancellable: quiet,
    },
    wish,
  );
}

const spokeRole = (account: string): string => `arn:aws:iam::${account}:role/${SPOKE_ROLE_NAME}`;

/** The thing of a category that goes wrong. */
async function oddThing(category: Category): Promise<{ arn: string }> {
  const { type: entity_type } = TRIED[category];
  const display_name = { $in: [ODD, `${ODD}-${troubled}`] };
  const query = { entity_type, display_name, source_record_id: new RegExp(troubled) };
  const found = await db.collection('entities').find(query).toArray();
  expect(found).toHaveLength(1);
  return { arn: String(found[0]?.source_record_id) };
}

/** Calls of the cell: nobody else makes them in the account. */
const callsOfCell = (action: string): When => ({ role: spokeRole(troubled), action });

type FaultName = 'denied' | 'role' | 'throttled' | 'slow';

/** Faults that meet a whole call: which requests, what becomes of them, and how the run tells. */
const FAULTS: Readonly<
  Record<FaultName, (category: Category) => { when: When; fault: Fault; code: string; remedy: RegExp }>
> = {
  denied: (category) => ({
    when: callsOfCell(TRIED[category].call),
    fault: 'refuse',
    code: 'access_denied',
    remedy: new RegExp(`^Allow ${TRIED[category].call} in the policy of the spoke role in account ${troubled}`),
  }),
  role: (category) => ({
    when: { action: 'sts:AssumeRole', parameters: { RoleArn: spokeRole(troubled), RoleSessionName: category } },
    fault: 'refuse',
    code: 'assume_role_denied',
    remedy: new RegExp(`account ${troubled}.*${SPOKE_ROLE_NAME}.*sts:ExternalId.*aws:PrincipalOrgID`),
  }),
  throttled: (category) => ({
    when: callsOfCell(TRIED[category].call),
    fault: 'throttle',
    code: 'throttled',
    remedy: new RegExp(`Run again later.*${TRIED[category].call} in account ${troubled}`),
  }),
  slow: (category) => ({
    when: callsOfCell(TRIED[category].call),
    fault: { delay_ms: TOO_LONG },
    code: 'timeout',
    remedy: /The next run tries again/,
  }),
};

/** Scans while a fault is in force, and expects that the run tells of one cell and of nothing else. Gives that cell. */
async function scanWith(category: Category, fault: Parameters<ScanStage['aws']['faults']['inject']>[0], code: string) {
  const injected = stage.aws.faults.inject(fault);
  const { run, cells, given_up } = await scan();
  injected.remove();
  expect(injected.hits).toBeGreaterThan(0);
  expect(given_up).toEqual([]);
  expect(run.status).toBe('partial');
  expect(run.totals?.removed).toBe(0);
  expect(cells.filter(({ status }) => status !== 'succeeded').map(({ key }) => key)).toEqual([
    `${category}:${troubled}`,
  ]);
  expect(run.errors).toEqual([expect.objectContaining({ code, service_category: category, account_id: troubled })]);
  const [error] = run.errors;
  const [cell] = cells.filter(({ key }) => key === `${category}:${troubled}`);
  if (!error || !cell) throw new Error('nothing is told');
  return { error, cell };
}

const changed = async (): Promise<readonly string[]> => differences(await beliefsOf({ db }), before);

describe.each(AWS_CATEGORIES)('%s', (category) => {
  it.each([
    ['an action is denied', 'denied'],
    ['its role is broken', 'role'],
    ['the service throttles', 'throttled'],
    ['a call times out', 'slow'],
  ] as const)('%s: nothing changes, and the run tells the remedy', async (_, name) => {
    const { when, fault, code, remedy } = FAULTS[name](category);
    const { error } = await scanWith(category, { when, fault }, code);
    expect(error.remedy).toMatch(remedy);
    expect(await changed()).toEqual([]);
  });

  it('an item is malformed: a gap names it, and nothing else changes', async () => {
    const { call, malformed, detail } = TRIED[category];
    const { arn } = await oddThing(category);
    const when = { ...callsOfCell(detail?.call ?? call), ...(detail?.parameters && { parameters: detail.parameters }) };
    const { error, cell } = await scanWith(category, { when, times: 1, fault: malformed }, 'unreadable_item');
    expect(error.remedy).toContain(arn);
    // The collector of the counts of executions reads the same listing, and has a gap of its own.
    const gaps = cell.errors.map(({ collector, count }) => `${collector} ${count}`);
    expect(gaps).toEqual([...new Set(gaps)]);
    expect(gaps.every((gap) => gap.endsWith(' 1'))).toBe(true);
    expect(await changed()).toEqual([]);
  });
});

it('what only a call of its own tells is not forgotten while that call is refused', async () => {
  const details = [
    'lambda:GetPolicy',
    's3:GetBucketPolicy',
    's3:GetBucketTagging',
    's3:GetEncryptionConfiguration',
    'secretsmanager:GetResourcePolicy',
    'dynamodb:DescribeTable',
    'dynamodb:ListTagsOfResource',
    'sns:GetTopicAttributes',
    'states:DescribeStateMachine',
    'bedrock:GetGuardrail',
    'ecr:GetRepositoryPolicy',
  ];
  const refused = details.map((action) => stage.aws.faults.inject({ when: callsOfCell(action), fault: 'refuse' }));
  const { run } = await scan();
  for (const { remove } of refused) remove();
  expect(refused.map(({ hits }, index) => hits > 0 || details[index]).filter((hit) => hit !== true)).toEqual([]);
  expect(run.status).toBe('partial');
  expect(await changed()).toEqual([]);
});
