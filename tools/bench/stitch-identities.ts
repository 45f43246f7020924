import { accountArn } from '../../src/kernel/arn.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import type { EntityRef } from '../../src/observations/observation.ts';
import { BOUNDARY, document, inline, MANAGED, trust } from './documents.ts';
import type { Random } from './random.ts';
import { refOfArn, type Scribe, tagged } from './stitch-documents.ts';

export const REGION = 'eu-central-1';
export const ENTRA_TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
export const ENTRA_ISSUER = `https://sts.windows.net/${ENTRA_TENANT}/`;
const ISSUER_NAME = ENTRA_ISSUER.slice('https://'.length);

export const ROLES = 100;
/** Roles that code runs as: those before them belong to the platform. */
const FIRST_OWN = 12;
const USERS = 15;
const FEDERATED = 10;

/** The account of an index: the first is the management account, the second tooling. */
export const accountAt = (index: number): string => String(100_000_000_000 + index);
export const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const roleName = (i: number): string => `service-${i}`;
/** A GUID that a number stands for. */
export const guid = (kind: string, number: number): string =>
  `${kind.padEnd(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
/** What Entra calls the service principal that a federated role trusts. */
export const subjectOf = (index: number, i: number): string => guid('5b1ec7', index * FEDERATED + i);

/** What is being written of an account. */
export interface AccountPlan {
  readonly scribe: Scribe;
  readonly random: Random;
  readonly index: number;
  readonly accounts: number;
  readonly account: string;
  readonly home: EntityRef;
}

/** Policies that AWS keeps: shared by all accounts. */
const AWS_POLICIES = Object.entries(MANAGED).map(([name, json]) => ({
  ref: refOfArn('aws_iam_policy', `arn:aws:iam::aws:policy/${name}`),
  json: json as Json,
}));

type ManagedName = keyof typeof MANAGED;

const managed = (name: ManagedName): EntityRef | undefined =>
  AWS_POLICIES.find(({ ref }) => ref.source_record_id.endsWith(`/${name}`))?.ref;

/** The identities of an account: platform roles, roles of services, users. Returns the roles that code can run as. */
export function writeIdentities(plan: AccountPlan): readonly EntityRef[] {
  const { scribe, account, index } = plan;
  scribe.cell = { connector_id: 'aws-1', cell: `aws_iam:${account}`, api: 'iam:GetAccountAuthorizationDetails' };
  if (index === 0)
    for (const { ref, json } of AWS_POLICIES) {
      scribe.entity(ref, { properties: { arn: ref.source_record_id, policy_hash: scribe.policy(json) } });
    }
  const own = customerPolicies(plan);
  for (const [name, role] of Object.entries(platformRoles(plan))) writeRole(plan, name, role);
  const roles = Array.from({ length: ROLES - FIRST_OWN }, (_, i) =>
    writeRole(plan, roleName(i), serviceRole(plan, i, own)),
  );
  writeUsers(plan, own);
  return roles;
}

interface RolePlan {
  readonly trust: unknown;
  readonly trusted: readonly EntityRef[];
  readonly inline?: Readonly<Record<string, unknown>>;
  readonly attached?: readonly (EntityRef | undefined)[];
  readonly bounded?: boolean;
}

const rootOf = (account: string): EntityRef => refOfArn('aws_account', accountArn(account));
const service = (name: string): EntityRef => ({
  entity_type: 'aws_service_principal',
  source_system_id: 'aws:aws',
  source_record_id: name,
});

function writeRole({ scribe, account, home }: AccountPlan, name: string, plan: RolePlan): EntityRef {
  const arn = roleArn(account, name);
  const ref = refOfArn('aws_iam_role', arn);
  const trust_policy_hash = scribe.policy(plan.trust as Json);
  const boundary = `arn:aws:iam::${account}:policy/developer-boundary`;
  scribe.entity(ref, {
    properties: {
      arn,
      name,
      path: '/',
      unique_id: `AROA${account}${name.toUpperCase().replace(/[^A-Z0-9]/g, '')}`,
      created_at: '2024-03-01T09:00:00.000Z',
      max_session_seconds: 3600,
      description: `What ${name} runs as`,
      trust_policy_hash,
      inline_policies: Object.entries(plan.inline ?? {}).map(([policy, json]) => ({
        name: policy,
        policy_hash: scribe.policy(json as Json),
      })),
      permissions_boundary: plan.bounded ? boundary : null,
      tags: tagged({ team: `team-${name.length % 7}`, service: name }),
    },
  });
  scribe.edge('BELONGS_TO', ref, home, { field: 'Arn' });
  for (const policy of plan.attached ?? [])
    if (policy) scribe.edge('HAS_POLICY', ref, policy, { field: 'AttachedManagedPolicies' });
  const field = `AssumeRolePolicyDocument.Statement[${trust_policy_hash.slice(0, 16)}].Principal`;
  for (const principal of plan.trusted) {
    scribe.edge('TRUSTS', principal, ref, { field, properties: { trustPolicyHash: trust_policy_hash } });
  }
  return ref;
}

function platformRoles({ account, index }: AccountPlan): Readonly<Record<string, RolePlan>> {
  const root = accountArn(account);
  const [management, tooling] = [accountAt(0), accountAt(1)];
  const scanner = roleArn(tooling, 'scanner');
  return {
    OrganizationAccountAccessRole: {
      trust: trust.principals(accountArn(management)),
      trusted: [rootOf(management)],
      attached: [managed('administrator')],
    },
    'break-glass': { trust: trust.principals(root), trusted: [rootOf(account)], attached: [managed('administrator')] },
    developer: {
      trust: trust.principals(root),
      trusted: [rootOf(account)],
      attached: [managed('power_user')],
      bounded: true,
    },
    audit: {
      trust: trust.principals(scanner, { StringEquals: { 'sts:ExternalId': 'audit' } }),
      trusted: [refOfArn('aws_iam_role', scanner)],
      attached: [managed('read_only')],
    },
    deploy: {
      trust: trust.principals(accountArn(tooling)),
      trusted: [rootOf(tooling)],
      attached: [managed('power_user')],
    },
    [index === 1 ? 'scanner' : 'directory-reader']: {
      trust: index % 10 === 9 ? trust.organization('o-bench') : trust.principals(root),
      trusted: [rootOf(account)],
      inline: index === 1 ? { assume: inline.assume('arn:aws:iam::*:role/audit') } : {},
      attached: [managed('read_only')],
    },
  };
}

const SERVICES = ['lambda', 'ecs-tasks', 'states', 'events'].map((name) => `${name}.amazonaws.com`);

/** A role of an application: most are of a service; some trust the account, a role in it, a role elsewhere, or Entra. */
function serviceRole(plan: AccountPlan, i: number, own: readonly EntityRef[]): RolePlan {
  const { account, random, accounts, index } = plan;
  const name = roleName(i);
  const base: Pick<RolePlan, 'inline' | 'attached'> = {
    inline: { application: inline.application(account, name), secrets: secretsPolicy(account, name, i) },
    attached: [
      managed('lambda_basic'),
      ...[i, i * 7 + 1, i * 11 + 2, i * 13 + 3].map((place) => own[place % own.length]),
      ...(random.onceIn(10) ? [managed('ssm_core')] : []),
    ],
  };
  if (i < FEDERATED) {
    const provider = `arn:aws:iam::${account}:oidc-provider/${ISSUER_NAME}`;
    const subject = subjectOf(index, i);
    const trusted = {
      entity_type: 'external_oidc_subject',
      source_system_id: ENTRA_ISSUER,
      source_record_id: subject,
    } as const;
    return { ...base, trust: byEntra(provider, subject), trusted: [trusted] };
  }
  // Some roles go by twos: one elsewhere may become the one here, under an external id or without.
  const step = Math.floor(i / 8) + 1;
  const elsewhere = (by: number): string => accountAt((index + by * step + accounts * step) % accounts);
  if (i % 8 === 6) {
    const caller = roleArn(elsewhere(-1), roleName(i + 1));
    const condition = i % 16 === 6 ? { StringEquals: { 'sts:ExternalId': `external-${i}` } } : undefined;
    return { ...base, trust: trust.principals(caller, condition), trusted: [refOfArn('aws_iam_role', caller)] };
  }
  const assume = i % 8 === 7 ? { assume: inline.assume([roleArn(elsewhere(1), roleName(i - 1))]) } : {};
  const kind = i % 8 === 7 ? 0 : random.below(100);
  if (kind < 75) {
    const name_of_service = SERVICES[random.below(SERVICES.length)] ?? 'lambda.amazonaws.com';
    return {
      ...base,
      inline: { ...base.inline, ...assume },
      trust: trust.service(name_of_service),
      trusted: [service(name_of_service)],
      bounded: i % 8 !== 7 && random.onceIn(4),
    };
  }
  if (kind < 87) return { ...base, trust: trust.principals(accountArn(account)), trusted: [rootOf(account)] };
  const caller = roleArn(account, roleName(random.below(ROLES - FIRST_OWN)));
  return { ...base, trust: trust.principals(caller), trusted: [refOfArn('aws_iam_role', caller)] };
}

const byEntra = (Federated: string, subject: string) =>
  document({
    Effect: 'Allow',
    Principal: { Federated },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${ISSUER_NAME}:sub`]: subject, [`${ISSUER_NAME}:aud`]: 'api://AzureADTokenExchange' },
    },
  });

/** Half of the roles have a secret, a third a secure parameter; both need the key. */
const secretsPolicy = (account: string, name: string, i: number) =>
  document(
    ...(i % 2 === 0
      ? [
          {
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: `arn:aws:secretsmanager:${REGION}:${account}:secret:${name}/*`,
          },
        ]
      : []),
    ...(i % 3 === 0
      ? [
          {
            Effect: 'Allow',
            Action: ['ssm:GetParameter', 'ssm:GetParametersByPath'],
            Resource: `arn:aws:ssm:${REGION}:${account}:parameter/${name}/*`,
          },
        ]
      : []),
    {
      Effect: 'Allow',
      Action: ['sqs:SendMessage', 'sqs:ReceiveMessage'],
      Resource: `arn:aws:sqs:${REGION}:${account}:${name}-*`,
    },
  );

/** Policies of the account's own; the last is what bounds developers. */
function customerPolicies({ scribe, account, home }: AccountPlan): readonly EntityRef[] {
  const write = (name: string, json: unknown): EntityRef => {
    const arn = `arn:aws:iam::${account}:policy/${name}`;
    const properties = {
      arn,
      name,
      path: '/',
      policy_hash: scribe.policy(json as Json),
      default_version: 'v3',
      tags: [],
    };
    const ref = scribe.entity(refOfArn('aws_iam_policy', arn), { properties });
    scribe.edge('BELONGS_TO', ref, home, { field: 'Arn' });
    return ref;
  };
  write('developer-boundary', BOUNDARY);
  return Array.from({ length: 30 }, (_, i) =>
    write(
      `shared-${i}`,
      document({
        Effect: 'Allow',
        Action: ['sns:Publish', 'sqs:SendMessage', 'events:PutEvents'],
        Resource: [`arn:aws:sns:${REGION}:${account}:topic-${i}`, `arn:aws:sqs:${REGION}:${account}:queue-${i}*`],
      }),
    ),
  );
}

function writeUsers({ scribe, account, home }: AccountPlan, own: readonly EntityRef[]): void {
  const group = scribe.entity(refOfArn('aws_iam_group', `arn:aws:iam::${account}:group/operators`), {
    properties: { name: 'operators', inline_policies: [] },
  });
  const attached = managed('read_only');
  if (attached) scribe.edge('HAS_POLICY', group, attached, { field: 'AttachedManagedPolicies' });
  for (let i = 0; i < USERS; i += 1) {
    const arn = `arn:aws:iam::${account}:user/user-${i}`;
    const ref = scribe.entity(refOfArn('aws_iam_user', arn), {
      properties: {
        arn,
        name: `user-${i}`,
        path: '/',
        unique_id: `AIDA${account}USER${i}`,
        created_at: '2023-03-01T09:00:00.000Z',
        inline_policies: [],
        permissions_boundary: null,
        tags: [],
      },
    });
    scribe.edge('BELONGS_TO', ref, home, { field: 'Arn' });
    scribe.edge('MEMBER_OF', ref, group, { field: 'GroupList' });
    const policy = own[i];
    if (policy) scribe.edge('HAS_POLICY', ref, policy, { field: 'AttachedManagedPolicies' });
    const key = scribe.entity(refOfArn('aws_iam_access_key', `${arn}/access-key/AKIA${account}${i}`), {
      properties: { status: 'Active', created_at: '2023-03-01T09:00:00.000Z' },
    });
    scribe.edge('AUTHENTICATES_AS', key, ref, { field: 'UserName' });
  }
}
