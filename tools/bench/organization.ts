import {
  type CompiledPolicy,
  type Estate,
  type EstatePrincipal,
  type EstateRole,
  policyCompiler,
  requestContext,
} from '../../src/policy/index.ts';
import { BOUNDARY, inline, MANAGED, organizationRcp, SCPS, trust } from './documents.ts';
import { type Random, seededRandom } from './random.ts';

/** Roles in each account. */
export const ROLES_PER_ACCOUNT = 100;

const ORGANIZATION = 'o-example';
const SERVICES = [
  'lambda.amazonaws.com',
  'ec2.amazonaws.com',
  'ecs-tasks.amazonaws.com',
  'states.amazonaws.com',
] as const;
const LINKED = [
  'autoscaling',
  'elasticloadbalancing',
  'rds',
  'ecs',
  'support',
  'trustedadvisor',
  'config',
  'guardduty',
];

/** The account of an index: the first is the management account, then security and tooling. */
const accountAt = (index: number): string => String(100_000_000_000 + index);
const MANAGEMENT = accountAt(0);
const SECURITY = accountAt(1);
const TOOLING = accountAt(2);

const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** A role before its documents are compiled. */
interface RolePlan {
  readonly name: string;
  readonly trust: unknown;
  readonly identity: readonly unknown[];
  readonly bounded?: boolean;
}

/**
 * A generated organization: `accounts` of 100 roles each, always the same for the same number. Service roles and service-linked roles are most of
 * it; in each account there are a few administrators, applications that trust `:root`, chains of exact names inside the account and across, one
 * role for GitHub, and in one account of ten a role that is open to the whole organization.
 */
export function generateOrganization(accounts: number): Estate {
  const random = seededRandom(accounts);
  const compile = policyCompiler();
  const rcps = [[compile(organizationRcp(ORGANIZATION), 'rcp')]];
  const scps = {
    production: levels(compile, [SCPS.full_access, SCPS.root], [SCPS.full_access, SCPS.production]),
    other: levels(compile, [SCPS.full_access, SCPS.root], [SCPS.full_access, SCPS.protect_access_role]),
  };
  const principals: EstatePrincipal[] = SERVICES.map((arn) => ({ principal: { arn, account: null }, policies: {} }));
  const roles: EstateRole[] = [];
  for (let index = 0; index < accounts; index += 1) {
    const account = accountAt(index);
    const management_account = index === 0;
    for (const arn of providersOf(account)) principals.push({ principal: { arn, account }, policies: {} });
    for (const plan of rolesOf(index, accounts, random)) {
      const arn = roleArn(account, plan.name);
      const tags = { team: `team-${index % 40}` };
      principals.push({
        principal: { arn, account, organization: ORGANIZATION, tags, management_account },
        policies: {
          identity: plan.identity.map((policy) => compile(policy, 'identity')),
          boundary: plan.bounded ? compile(BOUNDARY, 'boundary') : undefined,
          scps: index % 3 === 0 ? scps.production : scps.other,
        },
      });
      roles.push({
        resource: { arn, account, organization: ORGANIZATION, tags, management_account },
        policies: { resource: compile(plan.trust, 'trust'), rcps },
      });
    }
  }
  return { principals, roles, context: requestContext({ 'aws:SecureTransport': true }) };
}

type Compile = ReturnType<typeof policyCompiler>;

const levels = (
  compile: Compile,
  ...documents: readonly (readonly unknown[])[]
): readonly (readonly CompiledPolicy[])[] => documents.map((level) => level.map((policy) => compile(policy, 'scp')));

const samlOf = (account: string): string => `arn:aws:iam::${account}:saml-provider/identity-center`;
const githubOf = (account: string): string =>
  `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
const providersOf = (account: string): readonly string[] => [samlOf(account), githubOf(account)];

function* rolesOf(index: number, accounts: number, random: Random): Generator<RolePlan> {
  const account = accountAt(index);
  const root = `arn:aws:iam::${account}:root`;
  const fixed = [...platformRoles(index), ...serviceLinkedRoles()];
  yield* fixed;
  for (let i = fixed.length; i < ROLES_PER_ACCOUNT; i += 1) {
    const name = `${random.oneOf(['app', 'batch', 'api', 'etl'])}-${i}`;
    const own = [MANAGED.lambda_basic, inline.application(account, name)];
    const kind = random.below(100);
    if (kind < 60) {
      const service = random.oneOf(SERVICES);
      const document = random.onceIn(4) ? trust.serviceOf(service, account) : trust.service(service);
      yield { name, trust: document, identity: random.onceIn(3) ? [...own, MANAGED.ssm_core] : own };
    } else if (kind < 78) {
      yield { name, trust: trust.principals(root), identity: own, bounded: random.onceIn(2) };
    } else if (kind < 88) {
      const caller = roleArn(account, `api-${random.below(ROLES_PER_ACCOUNT)}`);
      yield { name, trust: trust.principals(caller), identity: own };
    } else if (kind < 94) {
      const other = accountAt(random.below(accounts));
      const condition = { StringEquals: { 'sts:ExternalId': `external-${random.below(50)}` } };
      const caller = roleArn(other, `app-${random.below(ROLES_PER_ACCOUNT)}`);
      yield { name, trust: trust.principals(caller, condition), identity: own };
    } else {
      const other = accountAt(random.below(accounts));
      const targets = [roleArn(other, `app-${random.below(ROLES_PER_ACCOUNT)}`), roleArn(account, 'app-*')];
      yield {
        name,
        trust: trust.service('lambda.amazonaws.com'),
        identity: [...own, inline.assume(targets)],
        bounded: random.onceIn(3),
      };
    }
  }
}

/** What every account of an organization has. */
function platformRoles(index: number): readonly RolePlan[] {
  const account = accountAt(index);
  const root = `arn:aws:iam::${account}:root`;
  const scanner = roleArn(SECURITY, 'scanner');
  return [
    {
      name: 'OrganizationAccountAccessRole',
      trust: trust.principals(`arn:aws:iam::${MANAGEMENT}:root`),
      identity: [MANAGED.administrator],
    },
    {
      name: 'aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef',
      trust: trust.saml(samlOf(account)),
      identity: [MANAGED.administrator],
    },
    {
      name: 'aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnly_0123456789abcdef',
      trust: trust.saml(samlOf(account)),
      identity: [MANAGED.read_only],
    },
    { name: 'break-glass', trust: trust.principals(root), identity: [MANAGED.administrator] },
    { name: 'developer', trust: trust.principals(root), identity: [MANAGED.power_user], bounded: true },
    {
      name: 'audit',
      trust: trust.principals(scanner, { StringEquals: { 'sts:ExternalId': 'audit' } }),
      identity: [MANAGED.read_only],
    },
    { name: 'deploy', trust: trust.principals(`arn:aws:iam::${TOOLING}:root`), identity: [MANAGED.power_user] },
    {
      name: 'deploy-ci',
      trust: trust.github(githubOf(account), `service-${index}`),
      identity: [inline.assume('arn:aws:iam::*:role/deploy*')],
    },
    {
      name: index === 1 ? 'scanner' : 'directory-reader',
      trust: index % 10 === 9 ? trust.organization(ORGANIZATION) : trust.principals(root),
      identity: index === 1 ? [inline.assume('arn:aws:iam::*:role/audit')] : [MANAGED.read_only],
    },
  ];
}

const serviceLinkedRoles = (): readonly RolePlan[] =>
  LINKED.map((service) => ({
    name: `aws-service-role/${service}.amazonaws.com/AWSServiceRoleFor${service}`,
    trust: trust.service(`${service}.amazonaws.com`),
    identity: [MANAGED.service_linked],
  }));
