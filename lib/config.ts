import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { HOST_PATTERN } from '../src/control/source-host.ts';

const RETENTIONS = Object.values(RetentionDays).flatMap((days) =>
  typeof days === 'number' && days < 9_999 ? [days] : [],
);
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/;

const text = (what: string) => z.string(`must be ${what}, as text`).trim().min(1, `must be ${what}`);
const matching = (pattern: RegExp, what: string) => text(what).regex(pattern, `must be ${what}`);
const whole = (min: number, max: number, what: string) =>
  z.int(`must be ${what}`).min(min, `must be ${what}`).max(max, `must be ${what}`);

const AccountId = matching(/^\d{12}$/, 'an AWS account id: twelve digits in quotes, leading zeros included');
const Region = matching(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region name such as "eu-west-1"');
const RoleArn = matching(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  'the ARN of an IAM role: arn:aws:iam::<account id>:role/<name>',
);

const HostPatterns = z
  .array(matching(HOST_PATTERN, 'a host name in lower case, such as itsm.example.com or *.service-now.com'))
  // They are handed over in an environment, which AWS limits to 4 KB in all.
  .max(20, 'must be at most 20 host names');

const Oidc = z.strictObject({
  /** The `iss` of the tokens. Plain http is for an issuer on this machine. */
  issuer: text('the https URL of the OIDC issuer, exactly as in the "iss" of its tokens').refine(
    (issuer) => LOOPBACK.test(issuer) || (issuer.startsWith('https://') && URL.canParse(issuer)),
    'must be the https URL of the OIDC issuer, exactly as in the "iss" of its tokens',
  ),
  audience: z
    .array(text('an audience: an "aud" of the tokens'), 'must list the accepted "aud" of the tokens')
    .min(1, 'must list at least one accepted "aud" of the tokens'),
  /** What the claims are called that say whose caller it is and what it may do. */
  claims: z
    .strictObject({
      tenant: text('the name of a claim').default('org_id'),
      workspaces: text('the name of a claim').default('workspaces'),
      permissions: text('the name of a claim').default('permissions'),
    })
    .prefault({}),
});

const Organization = z.strictObject({
  id: matching(/^o-[a-z0-9]{10,32}$/, 'an organization id: "o-" and 10 to 32 letters and digits'),
  management_account_id: AccountId,
  /** The one tenant that may look at the organization: the value of its tenant claim. */
  tenant_id: matching(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'the tenant that the organization belongs to, by the value of its tenant claim: letters, digits, ".", "_" and "-"',
  ),
  /** Where the StackSet puts the spoke role; the root id (`r-...`) means every account. */
  organizational_unit_ids: z
    .array(
      matching(
        /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/,
        'an organizational unit id (ou-...) or the root id (r-...)',
      ),
    )
    .min(1, 'must name at least one organizational unit (ou-...) or the root (r-...)'),
  /** The role that lists accounts. Without it the hub's own account must be a delegated administrator. */
  organization_role_arn: RoleArn.optional(),
  stackset: z.strictObject({
    /** False where spoke roles are placed by other means. */
    deploy: z.boolean('must be true or false'),
    call_as: z.enum(['SELF', 'DELEGATED_ADMIN'], {
      error: 'must be "DELEGATED_ADMIN", or "SELF" if the hub is in the management account',
    }),
  }),
});

/** What one hub is: `config/<name>.json`. Every value that callers must not choose is here. */
export const HubConfig = z
  .strictObject({
    /**
     * Name of the stack, and beginning of the names in it. Two hubs in one account need two. Not longer, because CloudFormation
     * does not shorten the names that it gives to FIFO queues, which may have 80 characters.
     */
    name: matching(/^[a-z][a-z0-9-]{0,22}[a-z0-9]$/, '2 to 24 lower-case letters, digits and hyphens').default(
      'throughline',
    ),
    account: AccountId,
    region: Region,
    oidc: Oidc,
    organization: Organization.optional(),
    /** Accounts outside the organization which the collector may enter as well. */
    accounts: z
      .array(AccountId)
      // Each is an ARN in the collector's policy, which AWS limits to 10,240 characters.
      .max(100, 'must be at most 100 accounts: put more of them into an organization')
      .refine((ids) => new Set(ids).size === ids.length, 'must name each account once')
      .default([]),
    /** From where IAM Identity Center is asked: every other account answers as if there were none. */
    identity_center: z
      .strictObject({
        /** The management account, or the delegated administrator of Identity Center. */
        account_id: AccountId,
        /** The region that it was enabled in. */
        region: Region,
      })
      .optional(),
    spoke_role_name: matching(
      /^[\w+=,.@-]{1,56}$/,
      'the name of an IAM role: at most 56 characters, without a path',
    ).default('SecurityV0ReadOnly'),
    api: z
      .strictObject({
        /** Of one tenant, over all its callers; what is more is answered with 429. */
        requests_per_minute: whole(1, 100_000, 'a whole number from 1 to 100000').default(600),
      })
      .prefault({}),
    /** Where source systems may be whose address a caller gives: a host, or `*.` and a name for exactly one label before it. */
    source_hosts: z
      .strictObject({
        servicenow: HostPatterns.default(['*.service-now.com']),
        foundry: HostPatterns.default(['*.services.ai.azure.com']),
      })
      .prefault({}),
    stitch: z
      .strictObject({
        /** How long changes may gather before a stitch: SQS delays at most 900 s. */
        delay_seconds: whole(0, 900, 'whole seconds from 0 to 900').default(60),
        /** After this long since the first change a stitch is no longer put off. */
        patience_seconds: whole(0, 86_400, 'whole seconds from 0 to 86400').default(300),
        /** One core comes with 1,769 MB. A new AWS account allows 3,008 MB at most. */
        memory_mb: whole(128, 10_240, 'megabytes from 128 to 10240').default(3_008),
        /** Hops of a path at most: beyond it a stitch says how many workloads were cut short. */
        max_hops: whole(1, 20, 'a whole number from 1 to 20').default(8),
        /** Other chains of a path that are counted; of more it is said that there are more. */
        max_alternatives: whole(0, 1_000, 'a whole number from 0 to 1000').default(10),
      })
      .prefault({}),
    /** Questions that need the whole graph: path queries, previews, explanations. */
    questions: z
      .strictObject({
        /** One core comes with 1,769 MB. A new AWS account allows 3,008 MB at most. */
        memory_mb: whole(128, 10_240, 'megabytes from 128 to 10240').default(3_008),
        /** Entities, edges and policy documents beyond which no question is answered: they must be loaded while the caller waits. */
        max_documents: whole(1, 10_000_000, 'a whole number from 1 to 10000000').default(150_000),
      })
      .prefault({}),
    collector: z
      .strictObject({
        /** Cells in flight at once, over all tenants. */
        max_concurrency: whole(2, 1_000, 'a whole number from 2 to 1000').default(100),
        memory_mb: whole(128, 10_240, 'megabytes from 128 to 10240').default(512),
        /** A part ends 90 s before it is over; less than twice that leaves no time to look. */
        timeout_seconds: whole(180, 900, 'whole seconds from 180 to 900').default(900),
        /** Observations after which a cell goes on in a further part. */
        part_size: whole(1, 1_000_000, 'a whole number from 1 to 1000000').default(50_000),
      })
      .prefault({}),
    log_retention_days: z
      .literal(RETENTIONS, `must be one of the periods of CloudWatch Logs: ${RETENTIONS.join(', ')}`)
      .default(90),
    /** Where alarms go, an existing SNS topic. Without it they only show in the CloudWatch console. */
    alarm_topic_arn: matching(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/,
      'the ARN of an SNS topic: arn:aws:sns:<region>:<account id>:<name>',
    ).optional(),
  })
  .refine((config) => config.organization || config.accounts.length > 0, {
    path: ['organization'],
    error: 'must be there, or "accounts" must name at least one account: this hub could look at nothing',
  });
export type HubConfig = z.infer<typeof HubConfig>;
export type OrganizationConfig = z.infer<typeof Organization>;

/**
 * The configuration in a parsed JSON document.
 * @throws Error which lists every field that is wrong, and what it must be; `source` says where the document came from.
 */
export function parseConfig(document: unknown, source: string): HubConfig {
  const parsed = HubConfig.safeParse(document);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => linesOf(issue, document));
  throw new Error([`${source} is not a configuration of the hub:`, ...lines.map((line) => `  ${line}`)].join('\n'));
}

function linesOf(issue: z.core.$ZodIssue, document: unknown): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...path, key].join('.')}: is not a field of the configuration; remove it`);
  }
  const field = path.join('.') || 'the document';
  if (!isThere(document, issue.path)) return [`${field}: is missing; ${issue.message}`];
  return [`${field}: ${issue.message}`];
}

function isThere(document: unknown, path: readonly PropertyKey[]): boolean {
  let at = document;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = Reflect.get(at, key);
  }
  return true;
}
