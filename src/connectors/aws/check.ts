import { DescribeOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { AppError } from '../../kernel/failures.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { SECOND } from '../../kernel/time.ts';
import { type CheckFinding, type CheckOutcome, connected, outcomeOf, tryEach, withinTime } from '../check.ts';
import { ASSUME_ROLE, assumeRole } from './assume-role.ts';
import { awsFailureCode, wordsOf } from './aws-failure.ts';
import { AWS_CATEGORIES } from './categories.ts';
import {
  type AwsClientFactory,
  type AwsCredentials,
  type AwsRequestHandler,
  awsClients,
  CallCounter,
} from './clients.ts';
import { WHO_AM_I } from './region-off.ts';

const DESCRIBE = 'organizations:DescribeOrganization';

/** Accounts that a check tries: named ones, and those of an organization, of which a few tell as much as all. */
const MOST_NAMED = 50;
const MOST_OF_ORGANIZATION = 10;
const AT_ONCE = 8;

const CONNECTION_TIMEOUT = 3 * SECOND;
const REQUEST_TIMEOUT = 6 * SECOND;

/** What the hub's configuration says about AWS. */
export interface AwsCheckOptions {
  /** The hub's own region, for STS. */
  readonly region: string;
  /** @default 'aws' */
  readonly partition?: string;
  readonly spoke_role_name: string;
  /** Role that may list the organization. @default the hub's own rights */
  readonly organization_role_arn?: string;
  /** @default the SDK's default chain: in a function, the function's own role */
  readonly credentials?: AwsCredentials;
  /** Takes the place of the HTTP handler. @default one for each check */
  readonly request_handler?: AwsRequestHandler;
}

/** The instance that is checked, as far as AWS is concerned. */
export interface AwsCheckTarget {
  readonly external_id: string;
  /** Names the sessions in the accounts' own audit log. */
  readonly session_name: string;
  readonly reach:
    | { readonly mode: 'accounts'; readonly account_ids: readonly AccountId[] }
    /** The accounts that an earlier scan of the instance found. */
    | { readonly mode: 'organization'; readonly known_accounts: readonly AccountId[] };
}

/** Tries to enter what an instance is to look at, and makes no other call there than to ask who it is. */
export async function checkAws(
  options: AwsCheckOptions,
  target: AwsCheckTarget,
  over: AbortSignal,
): Promise<CheckOutcome> {
  const door = new Door(options, target, over);
  try {
    return target.reach.mode === 'accounts'
      ? await checkAccounts(door, target.reach.account_ids, over)
      : await checkOrganization(door, target.reach.known_accounts, over);
  } finally {
    door.close();
  }
}

async function checkAccounts(door: Door, accounts: readonly AccountId[], over: AbortSignal): Promise<CheckOutcome> {
  const terms = { most: MOST_NAMED, at_once: AT_ONCE, over };
  const findings = await tryEach('accounts', accounts, terms, (account) => door.enter(account));
  return outcomeOf(findings, categoriesOf(findings));
}

async function checkOrganization(door: Door, known: readonly AccountId[], over: AbortSignal): Promise<CheckOutcome> {
  let management: AccountId | undefined;
  const organization = await withinTime('organization', { over }, async (target) => {
    const described = await door.describeOrganization();
    management = described.management_account_id;
    return connected(target, organizationMessage(described, known));
  });
  // StackSets place nothing in the management account, so its refusal would be no news.
  const members = known.filter((account) => account !== management);
  const terms = { most: MOST_OF_ORGANIZATION, at_once: AT_ONCE, over };
  const accounts = await tryEach('accounts', members, terms, (account) => door.enter(account));
  const findings = [organization, ...accounts];
  // Before the first scan no account is known, and the organization alone stands for them.
  return outcomeOf(findings, categoriesOf(members.length === 0 ? findings : accounts));
}

interface DescribedOrganization {
  readonly id: string;
  readonly management_account_id?: AccountId;
}

function organizationMessage(
  { id, management_account_id }: DescribedOrganization,
  known: readonly AccountId[],
): string {
  const first = `the organization ${id} can be listed`;
  if (known.length === 0) return `${first}; its accounts are not known before the first scan, so none was tried`;
  if (management_account_id === undefined || !known.includes(management_account_id)) return first;
  return `${first}; its management account ${management_account_id} was not tried, since StackSets place no role there`;
}

const categoriesOf = (findings: readonly CheckFinding[]): readonly string[] =>
  findings.some(({ status }) => status === 'connected') ? AWS_CATEGORIES : [];

/** The ways into AWS that a check tries. Every call ends when the check does. */
class Door {
  private readonly options: AwsCheckOptions;
  private readonly target: AwsCheckTarget;
  private readonly over: AbortSignal;
  private readonly requestHandler: AwsRequestHandler;
  private readonly opened: { readonly destroy: () => void }[] = [];

  constructor(options: AwsCheckOptions, target: AwsCheckTarget, over: AbortSignal) {
    this.options = options;
    this.target = target;
    this.over = over;
    this.requestHandler =
      options.request_handler ??
      new NodeHttpHandler({
        connectionTimeout: CONNECTION_TIMEOUT,
        requestTimeout: REQUEST_TIMEOUT,
        socketTimeout: REQUEST_TIMEOUT,
        throwOnRequestTimeout: true,
      });
  }

  /** Enters an account through its spoke role. Throws AppError (`assume_role_denied`, `throttled`, ...). */
  async enter(account_id: AccountId): Promise<CheckFinding> {
    const { partition = 'aws', spoke_role_name } = this.options;
    const role_arn = `arn:${partition}:iam::${account_id}:role/${spoke_role_name}`;
    const session = this.clients(WHO_AM_I, await this.assume(role_arn, 'assume_role_denied'));
    const asked = { action: WHO_AM_I, account_id, endpoint: `sts.${this.options.region}` };
    await answered(asked, () => session(STSClient).send(new GetCallerIdentityCommand({}), { abortSignal: this.over }));
    return connected(account_id, `the role ${spoke_role_name} can be entered`);
  }

  /** Asks for the organization as a scan will. Throws AppError (`organization_access_denied`, ...). */
  async describeOrganization(): Promise<DescribedOrganization> {
    const { organization_role_arn, credentials } = this.options;
    const session = organization_role_arn
      ? await this.assume(organization_role_arn, 'organization_access_denied')
      : credentials;
    const asked = { action: DESCRIBE, endpoint: 'organizations' };
    const { Organization } = await answered(asked, () =>
      this.clients(
        DESCRIBE,
        session,
      )(OrganizationsClient).send(new DescribeOrganizationCommand({}), { abortSignal: this.over }),
    );
    if (!Organization?.Id)
      throw new AppError('source_unreachable', `${DESCRIBE}: no organization came`, { details: asked });
    const { Id: id, MasterAccountId: management_account_id } = Organization;
    return { id, ...(management_account_id !== undefined && { management_account_id }) };
  }

  close(): void {
    for (const clients of this.opened) clients.destroy();
  }

  private assume(role_arn: string, refusal: 'assume_role_denied' | 'organization_access_denied') {
    const { external_id, session_name } = this.target;
    const role = { role_arn, external_id, session_name, refusal };
    return assumeRole(this.clients(ASSUME_ROLE, this.options.credentials), role, this.over);
  }

  private clients(action: string, credentials: AwsCredentials | undefined): AwsClientFactory {
    const clients = awsClients({
      config: {
        ...(credentials && { credentials }),
        requestHandler: this.requestHandler,
        retryMode: 'standard',
        // Once more for a hiccup; somebody is waiting for the answer.
        maxAttempts: 2,
        forcePathStyle: false,
        followRegionRedirects: false,
      },
      region: this.options.region,
      calls: new CallCounter(),
      declared: { by: 'checkAws', actions: [action] },
    });
    this.opened.push(clients);
    return clients.client;
  }
}

interface Asked {
  readonly action: string;
  readonly account_id?: AccountId;
  readonly endpoint: string;
}

async function answered<T>(asked: Asked, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const code = awsFailureCode(error, asked.action);
    if (code === undefined) throw error;
    throw new AppError(code, `${asked.action}: ${wordsOf(error)}`, { cause: error, details: { ...asked } });
  }
}
