import * as z from 'zod';
import { isAccountId } from '../../src/kernel/ids.ts';
import type { AccountKey } from './names.ts';
import { DATA, WORKLOADS } from './names.ts';

const AccountId = z.string().refine(isAccountId, 'must be twelve digits');

/** Where the estate stands: which accounts, which region, which organization. */
export const Placement = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region name such as eu-west-1'),
  organization_id: z.string().regex(/^o-[a-z0-9]{10,32}$/, 'must be an organization id such as o-a1b2c3d4e5'),
  accounts: z.strictObject({ security: AccountId, workloads: AccountId, data: AccountId }),
});
export type Placement = Readonly<z.infer<typeof Placement>>;

/** The environment variables (and, in lower case after the prefix, the CDK context) that say where real accounts are. */
export const PLACEMENT_VARIABLES = {
  region: 'MEDIAPRO_REGION',
  organization_id: 'MEDIAPRO_ORGANIZATION_ID',
  security: 'MEDIAPRO_SECURITY_ACCOUNT',
  workloads: 'MEDIAPRO_WORKLOADS_ACCOUNT',
  data: 'MEDIAPRO_DATA_ACCOUNT',
} as const;

/** Reads a placement through `value`, by the names of `PLACEMENT_VARIABLES`. Throws an Error that names every wrong one. */
export function readPlacement(value: (name: keyof typeof PLACEMENT_VARIABLES) => unknown): Placement {
  const parsed = Placement.safeParse({
    region: value('region'),
    organization_id: value('organization_id'),
    accounts: { security: value('security'), workloads: value('workloads'), data: value('data') },
  });
  if (!parsed.success) throw new Error(`where is MediaPro? ${z.prettifyError(parsed.error)}`);
  return parsed.data;
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
