import {
  BedrockAgentClient,
  GetAgentActionGroupCommand,
  ListAgentActionGroupsCommand,
  ListAgentsCommand,
} from '@aws-sdk/client-bedrock-agent';
import { DynamoDBClient, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListGroupsForUserCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { ListAccountsForParentCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decoys, EXTERNAL_IDS, type Statement } from '../../labs/mediapro/decoys.ts';
import { downEstate, downSpokeRoles, upEstate, upSpokeRoles } from '../../labs/mediapro/estate.ts';
import { BRIDGES, DATA, ENTRA, GITHUB, WORKLOADS } from '../../labs/mediapro/names.ts';
import { ensureOrganization, type Organization } from '../../labs/mediapro/organization.ts';
import { type Arns, arnsOf, bucketNames } from '../../labs/mediapro/placement.ts';
import { estateAddresses } from '../../labs/mediapro/reports/addresses.ts';
import { reports } from '../../labs/mediapro/reports/reports.ts';
import { type AccountClient, emulatedWorld, type World } from '../../labs/world.ts';
import { type Services, startServices } from '../../tools/local/services.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const MANAGEMENT = '000000000001';
const HUB_ROLE = 'throughline-collect-aws';

let services: Services;
let world: World;
let organization: Organization;
let arns: Arns;
let tagger: AccountClient;

beforeAll(async () => {
  services = await startServices();
  world = emulatedWorld(services.aws);
  organization = await ensureOrganization(world, MANAGEMENT);
  arns = arnsOf(organization.placement);
  await upEstate(world, organization.placement);
  // The emulator lets the root of an account stand in for the services that a role trusts: here Lambda.
  tagger = await assume(world.client(organization.placement.accounts.workloads), arns.taggerRole);
});

afterAll(async () => {
  await services?.stop();
});

async function assume(from: AccountClient, RoleArn: string, ExternalId?: string): Promise<AccountClient> {
  const sts = new STSClient(from);
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ...(ExternalId && { ExternalId }) }),
  );
  return {
    ...from,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  };
}

const refusal = expect.objectContaining({ name: expect.stringMatching(/^AccessDenied/) });

describe('the real path', () => {
  it('the tagger becomes the reader and reads customers', async () => {
    const reader = await assume(tagger, arns.reader);
    const root = new DynamoDBClient(world.client(organization.placement.accounts.data));
    await root.send(new PutItemCommand({ TableName: DATA.customers, Item: { id: { S: 'c-1' } } }));
    const { Count } = await new DynamoDBClient(reader).send(new ScanCommand({ TableName: DATA.customers }));
    expect(Count).toBe(1);
  });

  it('the reader reads nothing else that is sensitive', async () => {
    const reader = new DynamoDBClient(await assume(tagger, arns.reader));
    for (const TableName of [DATA.archive, DATA.partnerExports]) {
      await expect(reader.send(new ScanCommand({ TableName }))).rejects.toEqual(refusal);
    }
  });

  it('a caller from outside the organization would be refused', async () => {
    const stranger = { ...world.client('999999999999') };
    await expect(assume(stranger, arns.reader)).rejects.toEqual(refusal);
  });

  it('another workload of the same account is refused', async () => {
    const thumbnailer = await assume(
      world.client(organization.placement.accounts.workloads),
      arns.role('workloads', WORKLOADS.thumbnailerRole),
    );
    await expect(assume(thumbnailer, arns.reader)).rejects.toEqual(refusal);
  });
});

describe('decoys', () => {
  // Their ids do not depend on where the estate is.
  const anywhere = {
    region: 'us-east-1',
    organization_id: 'o-anywhere00',
    accounts: { security: '111111111111', workloads: '222222222222', data: '333333333333' },
  };
  it.each(decoys(anywhere).map(({ id, role }) => [id, role]))('%s: AWS refuses %s', async (id, role) => {
    const decoy = decoys(organization.placement).find((other) => other.id === id);
    await expect(assume(tagger, arns.role('data', role), decoy?.external_id)).rejects.toEqual(refusal);
  });

  it('wrong-external-id: the id that the trust asks for may not be sent either', async () => {
    const role = arns.role('data', 'mp-partner-export-reader');
    await expect(assume(tagger, role, 'mediapro-partner-2025')).rejects.toEqual(refusal);
    await expect(assume(tagger, role)).rejects.toEqual(refusal);
  });

  it('table-without-resource-policy: the table is not read across accounts', async () => {
    const dynamodb = new DynamoDBClient(tagger);
    const query = new QueryCommand({
      TableName: arns.table(DATA.archive),
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': { S: 'c-1' } },
    });
    await expect(dynamodb.send(query)).rejects.toThrow();
  });

  it('bucket-policy-deny: the reader gets no object of the tagged bucket, and does of the other', async () => {
    const { lake, piiExports } = bucketNames(organization.placement);
    const root = new S3Client({ ...world.client(organization.placement.accounts.data), forcePathStyle: true });
    for (const Bucket of [lake, piiExports]) await root.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
    const reader = new S3Client({ ...(await assume(tagger, arns.reader)), forcePathStyle: true });
    await expect(reader.send(new GetObjectCommand({ Bucket: lake, Key: 'a' }))).resolves.toBeDefined();
    await expect(reader.send(new GetObjectCommand({ Bucket: piiExports, Key: 'a' }))).rejects.toEqual(refusal);
  });
});

describe('what reaches other systems', () => {
  const workloadsAccount = () => world.client(organization.placement.accounts.workloads);

  it('an agent whose one tool is the bridge, as CloudFormation makes it elsewhere', async () => {
    const bedrock = new BedrockAgentClient(workloadsAccount());
    const { agentSummaries } = await bedrock.send(new ListAgentsCommand({}));
    expect(agentSummaries?.map(({ agentName }) => agentName)).toEqual([BRIDGES.supportRouter]);
    const agent = { agentId: agentSummaries?.[0]?.agentId, agentVersion: 'DRAFT' };
    const { actionGroupSummaries } = await bedrock.send(new ListAgentActionGroupsCommand(agent));
    expect(actionGroupSummaries?.map(({ actionGroupName }) => actionGroupName)).toEqual([BRIDGES.supportTools]);
    const { agentActionGroup } = await bedrock.send(
      new GetAgentActionGroupCommand({ ...agent, actionGroupId: actionGroupSummaries?.[0]?.actionGroupId }),
    );
    expect(agentActionGroup?.actionGroupExecutor).toEqual({ lambda: arns.function('workloads', BRIDGES.mcpBridge) });
  });

  it('the bridge reads the credential of its application, and of no other', async () => {
    const root = new SecretsManagerClient(workloadsAccount());
    for (const SecretId of [BRIDGES.mcpBridgeSecret, BRIDGES.vendorSecret]) {
      await root.send(new PutSecretValueCommand({ SecretId, SecretString: 'none' }));
    }
    const bridge = new SecretsManagerClient(
      await assume(workloadsAccount(), arns.role('workloads', BRIDGES.mcpBridgeRole)),
    );
    const read = async (SecretId: string) => {
      const { ARN } = await root.send(new DescribeSecretCommand({ SecretId }));
      return bridge.send(new GetSecretValueCommand({ SecretId: ARN }));
    };
    await expect(read(BRIDGES.mcpBridgeSecret)).resolves.toMatchObject({ SecretString: 'none' });
    await expect(read(BRIDGES.vendorSecret)).rejects.toEqual(refusal);
  });

  it('a role trusts another by its unique id, and that is the id which the other bears', async () => {
    const iam = new IAMClient(world.client(organization.placement.accounts.data));
    const { Role: indexer } = await iam.send(new GetRoleCommand({ RoleName: DATA.indexerRole }));
    const { Role: publisher } = await iam.send(new GetRoleCommand({ RoleName: DATA.publisher }));
    const { Statement } = JSON.parse(decodeURIComponent(publisher?.AssumeRolePolicyDocument ?? ''));
    expect(Statement[0].Principal).toEqual({ AWS: indexer?.RoleId });
    expect(indexer?.RoleId).toMatch(/^AROA/);
  });

  it('the tenant of Entra is a provider', async () => {
    const { OpenIDConnectProviderList: all } = await new IAMClient(workloadsAccount()).send(
      new ListOpenIDConnectProvidersCommand({}),
    );
    expect(all?.map(({ Arn }) => Arn?.split(':oidc-provider/')[1]).sort()).toEqual([
      // Without the slash at its end, which AWS keeps.
      `sts.windows.net/${ENTRA.tenant}`,
      GITHUB.issuer,
    ]);
  });

  it('the function that others call has an address, which the reports name', async () => {
    const addresses = await estateAddresses(world, organization.placement);
    expect(addresses.ticket_intake_url).toMatch(/^https:\/\/[a-z0-9]+\.lambda-url\./);
    const said = JSON.stringify(reports(addresses, '2026-01-01T00:00:00Z'));
    expect(said.split(new URL(addresses.ticket_intake_url).host).length - 1).toBeGreaterThan(1);
    expect(said).not.toContain('{{');
  });
});

describe('up and down', () => {
  it('has the ordinary life that CloudFormation brings elsewhere', async () => {
    const iam = new IAMClient(world.client(organization.placement.accounts.workloads));
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: WORKLOADS.oncall }));
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual([WORKLOADS.operators]);
  });

  it('up again changes nothing and finds the same accounts', async () => {
    expect(await ensureOrganization(world, MANAGEMENT)).toEqual(organization);
    const again = await upEstate(world, organization.placement);
    expect(again.map(({ change }) => change)).toEqual(['unchanged', 'unchanged']);
  });

  it('spoke roles come and go in all three accounts', async () => {
    const hub = { account: organization.placement.accounts.security, collector_role_name: HUB_ROLE };
    const created = await upSpokeRoles(world, organization.placement, hub);
    expect(created.map(({ change }) => change)).toEqual(['created', 'created', 'created']);
    const again = await upSpokeRoles(world, organization.placement, hub);
    expect(again.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    await downSpokeRoles(world, organization.placement);
  });
});

/** What mends each decoy, so that its refusal above is shown to come from its one wrong side and from nothing else. */
const mends: Readonly<Record<string, (workloads: IAMClient, data: IAMClient) => Promise<unknown>>> = {
  'trust-without-identity': (workloads) => workloads.send(allowTagger(arns.role('data', 'mp-archive-reader'))),
  'identity-without-trust': (_, data) => data.send(trustTagger('mp-archive-restorer')),
  'deny-on-identity-side': (workloads) =>
    workloads.send(
      new DetachRolePolicyCommand({
        RoleName: WORKLOADS.taggerRole,
        PolicyArn: arns.policy('workloads', WORKLOADS.quarantinePolicy),
      }),
    ),
  'deny-on-trust-side': (_, data) => data.send(trustTagger('mp-archive-frozen')),
  'other-organization': (_, data) =>
    data.send(trustTagger('mp-archive-acquired', { StringEquals: { 'aws:PrincipalOrgID': organization.id } })),
  'other-tag': (workloads) =>
    workloads.send(new TagRoleCommand({ RoleName: WORKLOADS.taggerRole, Tags: [{ Key: 'team', Value: 'finance' }] })),
  'wrong-external-id': async (workloads, data) => {
    // The emulator knows sts:ExternalId in trust policies only (AWS in both), so the tagger's side first loses its
    // condition: what still refuses the id that it sends is the trust.
    const role = arns.role('data', 'mp-partner-export-reader');
    await workloads.send(allowTagger(role));
    const renewed = await assume(world.client(organization.placement.accounts.workloads), arns.taggerRole);
    await expect(assume(renewed, role, EXTERNAL_IDS.sent)).rejects.toEqual(refusal);
    await data.send(trustTagger('mp-partner-export-reader', { StringEquals: { 'sts:ExternalId': EXTERNAL_IDS.sent } }));
  },
};

const document = (Statement: readonly Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement });

const allowTagger = (role: string) =>
  new PutRolePolicyCommand({
    RoleName: WORKLOADS.taggerRole,
    PolicyName: 'mend',
    PolicyDocument: document([{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role }]),
  });

const trustTagger = (RoleName: string, Condition?: NonNullable<Statement['Condition']>) =>
  new UpdateAssumeRolePolicyCommand({
    RoleName,
    PolicyDocument: document([
      {
        Effect: 'Allow',
        Principal: { AWS: arns.taggerRole },
        Action: 'sts:AssumeRole',
        ...(Condition && { Condition }),
      },
    ]),
  });

// Last, since it leaves the estate changed and then takes it down.
describe('a decoy is wrong on one side only', () => {
  it.each(Object.entries(mends))('%s: mended, AWS allows it', async (id, mend) => {
    const { accounts } = organization.placement;
    await mend(new IAMClient(world.client(accounts.workloads)), new IAMClient(world.client(accounts.data)));
    const decoy = decoys(organization.placement).find((other) => other.id === id);
    const renewed = await assume(world.client(accounts.workloads), arns.taggerRole);
    const role = await assume(renewed, arns.role('data', decoy?.role ?? ''), decoy?.external_id);
    await expect(new DynamoDBClient(role).send(new ScanCommand({ TableName: decoy?.reads }))).resolves.toBeDefined();
  });

  it('every decoy has its mend', () => {
    expect(Object.keys(mends)).toEqual(decoys(organization.placement).map(({ id }) => id));
  });
});

it('down removes the resources and leaves the accounts', async () => {
  const { accounts } = organization.placement;
  const workloads = new IAMClient(world.client(accounts.workloads));
  await workloads.send(new DeleteRolePolicyCommand({ RoleName: WORKLOADS.taggerRole, PolicyName: 'mend' }));
  await downEstate(world, organization.placement);
  await downEstate(world, organization.placement);
  for (const account of [accounts.workloads, accounts.data]) {
    const { Roles } = await new IAMClient(world.client(account)).send(new ListRolesCommand({}));
    expect(Roles).toEqual([]);
  }
  const { OpenIDConnectProviderList } = await workloads.send(new ListOpenIDConnectProvidersCommand({}));
  expect(OpenIDConnectProviderList).toEqual([]);
  const bedrock = new BedrockAgentClient(world.client(accounts.workloads));
  expect((await bedrock.send(new ListAgentsCommand({}))).agentSummaries).toEqual([]);
  const { Accounts } = await new OrganizationsClient(world.client(MANAGEMENT)).send(
    new ListAccountsForParentCommand({ ParentId: organization.unit_id }),
  );
  expect(Accounts?.map(({ Name, Status }) => `${Name} ${Status}`).sort()).toEqual([
    'mp-data ACTIVE',
    'mp-security ACTIVE',
    'mp-workloads ACTIVE',
  ]);
});
