import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Aws } from '../../tools/local/aws/aws.ts';

const name = (index: number): string => `fault-${String(index).padStart(2, '0')}`;
/** An account that nobody looks at; one role trusts it, until that role is gone. */
export const PARTNER = '909090909090';
const PARTNERS_ROLE = 1;
const NUMBERS = Array.from({ length: 24 }, (_, index) => index);

const GONE = [0, PARTNERS_ROLE, 2, 3, 4];
const NEW = [24, 25, 26, 27];

/** The roles that are there when it has changed. */
export const CHANGED_ROLES = [...NUMBERS.filter((index) => !GONE.includes(index)), ...NEW].map(name);

const trusting = (account: string, index: number): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal:
          index % 3 === 0
            ? { Service: 'ec2.amazonaws.com' }
            : { AWS: `arn:aws:iam::${index === PARTNERS_ROLE ? PARTNER : account}:root` },
        Action: 'sts:AssumeRole',
      },
    ],
  });

const reading = (bucket: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }],
  });

/** Roles of one account, and how they change: something is new, something differs, and something is gone. */
export function estateOf(aws: Aws, account: string) {
  const within = async (work: (iam: IAMClient) => Promise<void>): Promise<void> => {
    const iam = new IAMClient(aws.client(account));
    await work(iam).finally(() => iam.destroy());
  };
  const add = async (iam: IAMClient, index: number): Promise<void> => {
    const RoleName = name(index);
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(account, index) }));
    const PolicyDocument = reading(`bucket-${index}`);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'reads', PolicyDocument }));
  };
  return {
    build: () =>
      within(async (iam) => {
        for (const index of NUMBERS) await add(iam, index);
      }),
    change: () =>
      within(async (iam) => {
        for (const RoleName of GONE.map(name)) {
          await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'reads' }));
          await iam.send(new DeleteRoleCommand({ RoleName }));
        }
        for (const index of [5, 6, 7]) {
          const PolicyDocument = trusting(account, index + 1);
          await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name(index), PolicyDocument }));
        }
        for (const RoleName of [9, 10].map(name)) {
          const PolicyDocument = reading('another-bucket');
          await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'reads', PolicyDocument }));
        }
        for (const index of NEW) await add(iam, index);
      }),
  };
}
