import {
  type Account,
  DescribeOrganizationCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  type ListRootsResponse,
  type Organization,
  type OrganizationalUnit,
  OrganizationsClient,
  type PolicyTypeSummary,
} from '@aws-sdk/client-organizations';
import { accountArn } from '../../../kernel/arn.ts';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { AWS_ACCOUNTS_COLLECTOR } from '../categories.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import { listed, oneItem, pages, readListing, resumedPage } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { type Branch, branchesAfter, cursorOf, pendingFrom } from './walk.ts';

const DESCRIBE = 'organizations:DescribeOrganization';
const ROOTS = 'organizations:ListRoots';
const UNITS = 'organizations:ListOrganizationalUnitsForParent';
const ACCOUNTS = 'organizations:ListAccountsForParent';

/** The organization, its units and its accounts, read top-down. Suspended accounts are kept, and marked by their status. */
export const accounts: AwsCollector = {
  id: AWS_ACCOUNTS_COLLECTOR,
  category: 'aws_organizations',
  regional: false,
  entity_types: ['aws_organization', 'aws_ou', 'aws_account'],
  edge_types: ['BELONGS_TO'],
  actions: [DESCRIBE, ROOTS, UNITS, ACCOUNTS],
  async *collect(session, cursor) {
    const client = session.client(OrganizationsClient);
    const { Organization } = await readListing(DESCRIBE, () => client.send(new DescribeOrganizationCommand({})));
    const organization = arnRef('aws_organization', required(Organization?.Arn, 'Arn'));
    let pending = cursor === undefined ? undefined : pendingFrom(cursor);
    if (!pending) {
      pending = [];
      const types: (readonly PolicyTypeSummary[] | undefined)[] = [];
      const roots = pages<ListRootsResponse>({
        action: ROOTS,
        fetch: (NextToken) => client.send(new ListRootsCommand({ NextToken })),
        next: (page) => page.NextToken,
      });
      for await (const page of roots) {
        for (const root of listed(ROOTS, page.Roots)) {
          pending = branchesAfter(pending, { parent: required(root.Id, 'Id'), arn: organization.source_record_id });
          types.push(root.PolicyTypes);
        }
      }
      const roots_seen = pending.map(({ parent }) => parent);
      yield* toOrganization(organization, Organization ?? {}, { roots: roots_seen, policy_types: enabledIn(types) });
    }
    yield* walk(session, pending);
  },
};

/** One page after the other of one parent after the other; what is still to be done is the cursor. */
async function* walk(session: AwsSession, start: readonly Branch[]): AsyncGenerator<Observation, void, undefined> {
  let pending = start;
  for (let branch = pending.at(-1); branch; branch = pending.at(-1)) {
    pending = pending.slice(0, -1);
    const page = branch.list === 'units' ? await unitsOf(session, branch) : await accountsOf(session, branch);
    if (page.NextToken) pending = [...pending, { ...branch, token: page.NextToken }];
    for (const unit of page.units) {
      yield* oneItem({ action: UNITS, item: unit.Arn ?? 'a unit without an ARN' }, () => toUnit(unit, branch));
      if (unit.Id && unit.Arn) pending = branchesAfter(pending, { parent: unit.Id, arn: unit.Arn });
    }
    for (const account of page.accounts) {
      yield* oneItem({ action: ACCOUNTS, item: account.Arn ?? 'an account without an ARN' }, () =>
        toAccount(account, branch, session.partition),
      );
    }
    if (pending.length > 0) yield { kind: 'checkpoint', cursor: cursorOf(pending) };
  }
}

interface BranchPage {
  readonly units: readonly OrganizationalUnit[];
  readonly accounts: readonly Account[];
  readonly NextToken: string | undefined;
}

async function unitsOf(session: AwsSession, { parent, token }: Branch): Promise<BranchPage> {
  const client = session.client(OrganizationsClient);
  const page = await resumedPage(UNITS, token, (NextToken) =>
    client.send(new ListOrganizationalUnitsForParentCommand({ ParentId: parent, NextToken })),
  );
  return { units: listed(UNITS, page.OrganizationalUnits), accounts: [], NextToken: page.NextToken };
}

async function accountsOf(session: AwsSession, { parent, token }: Branch): Promise<BranchPage> {
  const client = session.client(OrganizationsClient);
  const page = await resumedPage(ACCOUNTS, token, (NextToken) =>
    client.send(new ListAccountsForParentCommand({ ParentId: parent, NextToken })),
  );
  return { units: [], accounts: listed(ACCOUNTS, page.Accounts), NextToken: page.NextToken };
}

/** The types of policy that are enabled, or are being disabled, in some root; undefined where a root does not say. */
function enabledIn(roots: readonly (readonly PolicyTypeSummary[] | undefined)[]): readonly string[] | undefined {
  const enabled = new Set<string>();
  for (const types of roots) {
    if (!types) return undefined;
    for (const { Type, Status } of types) if (Type && Status && Status !== 'PENDING_ENABLE') enabled.add(Type);
  }
  return [...enabled].sort();
}

/** The organization itself; its roots are no things of their own. */
export function* toOrganization(
  ref: EntityRef,
  organization: Organization,
  { roots, policy_types }: { readonly roots: readonly string[]; readonly policy_types: readonly string[] | undefined },
): Generator<Observation, void, undefined> {
  yield {
    kind: 'node',
    ...ref,
    display_name: required(organization.Id, 'Id'),
    properties: known({
      arn: ref.source_record_id,
      organization_id: organization.Id,
      management_account_id: organization.MasterAccountId,
      feature_set: organization.FeatureSet,
      root_ids: [...new Set(roots)].sort(),
      policy_types,
    }),
    api: DESCRIBE,
    property_apis: { root_ids: ROOTS, policy_types: ROOTS },
  };
}

/** A unit, and the unit or organization above it. Throws TypeError on a record that makes no sense. */
export function* toUnit(unit: OrganizationalUnit, above: Branch): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_ou', required(unit.Arn, 'Arn'));
  yield {
    kind: 'node',
    ...ref,
    display_name: required(unit.Name, 'Name'),
    properties: known({ arn: ref.source_record_id, ou_id: unit.Id, name: unit.Name }),
    api: UNITS,
  };
  yield memberOf(ref, ref.source_record_id, above, UNITS);
}

/** An account, and the unit or organization above it. Its e-mail address is not copied. Throws TypeError on a record that makes no sense. */
export function* toAccount(
  account: Account,
  above: Branch,
  partition: string,
): Generator<Observation, void, undefined> {
  const account_id = required(account.Id, 'Id');
  const ref = arnRef('aws_account', accountArn(account_id, partition));
  yield {
    kind: 'node',
    ...ref,
    display_name: account.Name ?? account_id,
    properties: known({
      account_id,
      name: account.Name,
      // `State` is taking the place of `Status`. https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
      status: account.State ?? account.Status,
      joined_at: moment(account.JoinedTimestamp),
      arn: account.Arn,
    }),
    api: ACCOUNTS,
    authoritative: ['display_name', 'account_id', 'name', 'status', 'joined_at', 'arn'],
  };
  yield memberOf(ref, account.Arn ?? ref.source_record_id, above, ACCOUNTS);
}

const memberOf = (ref: EntityRef, record: string, above: Branch, api: string): Observation => ({
  kind: 'edge',
  edge_type: 'BELONGS_TO',
  from: ref,
  to: arnRef(above.arn.includes(':ou/') ? 'aws_ou' : 'aws_organization', above.arn),
  stated_by: statedBy(record, `Parent[${above.arn}]`),
  properties: {},
  api,
});
