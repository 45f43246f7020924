import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { upSpokeRoles } from '../../labs/mediapro/estate.ts';
import { createAccount } from '../../labs/mediapro/organization.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import type { ScanStage } from './scan-stage.ts';

/** A large account among small ones. */
export interface GiantEstate {
  readonly giant: AccountId;
  readonly small: readonly AccountId[];
}

/** How large they are to be. */
export interface GiantSize {
  /** Roles of the giant: a multiple of the kinds of role that there are. */
  readonly roles: number;
  /** Accounts beside it. */
  readonly small: number;
}

/** Roles that a page has at most: fewer than the collector asks for, as AWS is free to do. */
const PAGE_SIZE = 250;
/** What the names of the seeded roles begin with. */
const PREFIX = 'app-';

/**
 * Makes the accounts in the organization, each with the spoke role and one role of each kind. The giant's roles are real ones
 * of the emulator as well, but its listing has each many times, in pages: the proxy writes the copies, under names of their own.
 */
export async function seedGiant(stage: ScanStage, { roles, small }: GiantSize): Promise<GiantEstate> {
  const [giant = '', ...others] = await addAccounts(stage, ['giant', ...Array.from({ length: small }, aSmallName)]);
  for (const account of [giant, ...others]) await seedRoles(stage, account);
  stage.aws.faults.inject({
    when: { account: giant, action: 'iam:GetAccountAuthorizationDetails' },
    fault: { page_size: PAGE_SIZE, copies: { of: PREFIX, count: roles / Object.keys(kindsOf(giant)).length } },
  });
  return { giant, small: others };
}

const aSmallName = (_: unknown, index: number): string => `small-${index}`;

/** Makes accounts in the organization, each with the spoke role; gives their ids in the order of the names. */
export async function addAccounts(stage: ScanStage, names: readonly string[]): Promise<readonly AccountId[]> {
  const { world, organization, hub } = stage;
  const client = new OrganizationsClient(world.client(organization.management_account));
  const made: Record<string, AccountId> = {};
  try {
    for (const name of names) made[name] = await createAccount(client, name);
  } finally {
    client.destroy();
  }
  const { organization_id } = organization.placement;
  await upSpokeRoles(world, { organization_id, accounts: made }, hub);
  return Object.values(made);
}

/** One role of each kind that accounts have many of. */
async function seedRoles({ aws }: ScanStage, account: AccountId): Promise<void> {
  const iam = new IAMClient(aws.client(account));
  try {
    for (const [kind, principal] of Object.entries(kindsOf(account))) {
      const RoleName = `${PREFIX}${kind}`;
      const trust = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' };
      const reads = { Effect: 'Allow', Action: ['s3:GetObject'], Resource: `arn:aws:s3:::${RoleName}/*` };
      await iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: document(trust),
          Tags: [
            { Key: 'team', Value: kind },
            { Key: 'service', Value: RoleName },
          ],
        }),
      );
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'reads', PolicyDocument: document(reads) }));
      const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    const RoleName = `${PREFIX}machine`;
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: RoleName }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: RoleName, RoleName }));
  } finally {
    iam.destroy();
  }
}

/** The kinds of role, and whom they trust. */
const kindsOf = (account: AccountId): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  function: { Service: 'lambda.amazonaws.com' },
  machine: { Service: 'ec2.amazonaws.com' },
  open: { AWS: `arn:aws:iam::${account}:root` },
  partner: { AWS: 'arn:aws:iam::999999999999:root' },
});

const document = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
