import * as z from 'zod';
import { UsageError } from '../../bin/usage-error.ts';
import { type AccountKey, DATA, WORKLOADS } from './names.ts';

const text = (pattern: RegExp, what: string) => z.string('is not set').regex(pattern, `must be ${what}`);
const AccountId = text(/^\d{12}$/, 'an AWS account id of twelve digits');
const Region = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region name such as eu-west-1');
const OrganizationId = text(/^o-[a-z0-9]{10,32}$/, 'an organization id such as o-a1b2c3d4e5');

/** What says where real accounts are: a CDK context value (`-c workloads=...`), or the environment variable. */
export const PLACEMENT_VARIABLES = {
  region: 'MEDIAPRO_REGION',
  organization_id: 'MEDIAPRO_ORGANIZATION_ID',
  security: 'MEDIAPRO_SECURITY_ACCOUNT',
  workloads: 'MEDIAPRO_WORKLOADS_ACCOUNT',
  data: 'MEDIAPRO_DATA_ACCOUNT',
} as const;

type Variable = keyof typeof PLACEMENT_VARIABLES;

const Variables = z.object({
  region: Region,
  organization_id: OrganizationId,
  security: AccountId,
  workloads: AccountId,
  data: AccountId,
} satisfies Record<Variable, z.ZodType>);

/** Where the estate stands: which accounts, which region, which organization. */
export interface Placement {
  readonly region: string;
  readonly organization_id: string;
  readonly accounts: Readonly<Record<AccountKey, string>>;
}

/** Reads a placement through `value`. Throws UsageError that names every variable which is missing or wrong. */
export function readPlacement(value: (name: Variable) => unknown): Placement {
  const names = Variables.keyof().options;
  const parsed = Variables.safeParse(Object.fromEntries(names.map((name) => [name, value(name)])));
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => {
      const name = names.find((known) => known === path[0]) ?? 'region';
      return `  ${PLACEMENT_VARIABLES[name]} (-c ${name}=...) ${message}`;
    });
    throw new UsageError(['where is MediaPro?', ...lines].join('\n'));
  }
  const { region, organization_id, ...accounts } = parsed.data;
  return { region, organization_id, accounts };
}

/** ARNs of the estate, from names alone: each side of a trust is written before the other exists. */
export interface Arns {
  role(account: AccountKey, name: string): string;
  policy(account: AccountKey, name: string): string;
  function(account: AccountKey, name: string): string;
  table(name: string): string;
  bucket(name: string): string;
  readonly tagger: string;
  readonly taggerRole: string;
  readonly reader: string;
}

/** The ARNs at a placement. */
export function arnsOf({ accounts, region }: Placement): Arns {
  const role = (account: AccountKey, name: string) => `arn:aws:iam::${accounts[account]}:role/${name}`;
  const fn = (account: AccountKey, name: string) => `arn:aws:lambda:${region}:${accounts[account]}:function:${name}`;
  return {
    role,
    policy: (account, name) => `arn:aws:iam::${accounts[account]}:policy/${name}`,
    function: fn,
    table: (name) => `arn:aws:dynamodb:${region}:${accounts.data}:table/${name}`,
    bucket: (name) => `arn:aws:s3:::${name}`,
    tagger: fn('workloads', WORKLOADS.tagger),
    taggerRole: role('workloads', WORKLOADS.taggerRole),
    reader: role('data', DATA.reader),
  };
}

/** Buckets share one namespace over all of AWS, so their names end with the account's id. */
export const bucketNames = ({ accounts }: Placement) => ({
  media: `mp-media-${accounts.workloads}`,
  lake: `mp-media-lake-${accounts.data}`,
  /** Tagged as personal data; its policy denies reading to all but the steward. */
  piiExports: `mp-pii-exports-${accounts.data}`,
});
