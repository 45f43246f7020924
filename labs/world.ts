import type { STSClientConfig } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-providers';

/** The settings with which an SDK client acts in one account. */
export interface AccountClient {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials: NonNullable<STSClientConfig['credentials']>;
}

/** An AWS that an estate is put into: the emulator, or the real one. */
export interface World {
  readonly region: string;
  /** Administrator of an account, by its id. */
  client(account: string): AccountClient;
  /** Milliseconds between two looks at a stack that changes. */
  readonly patience: number;
  /** CloudFormation resource types that this AWS does not know: they are made by calls of their own. */
  readonly unknown_types: readonly string[];
}

/** What the emulator's CloudFormation does not know, although its services do. */
const UNKNOWN_TO_EMULATOR = [
  'AWS::Bedrock::Agent',
  'AWS::IAM::Group',
  'AWS::IAM::OIDCProvider',
  'AWS::IAM::UserToGroupAddition',
];

/** The emulator as services of this process know it. */
export const emulatedWorld = (aws: { readonly region: string; client(account: string): AccountClient }): World => ({
  region: aws.region,
  client: (account) => aws.client(account),
  patience: 50,
  unknown_types: UNKNOWN_TO_EMULATOR,
});

/** The emulator of another process, where `npm run local` says it is. An account's id is the key of its root. */
export const emulatedWorldAt = (endpoint: string, region: string): World =>
  emulatedWorld({
    region,
    client: (account) => ({ endpoint, region, credentials: { accessKeyId: account, secretAccessKey: 'test' } }),
  });

/**
 * Real AWS, with one profile of the user's for each account.
 * @throws Error from `client` for an account without a profile.
 */
export const realWorld = (region: string, profiles: Readonly<Record<string, string>>): World => ({
  region,
  client: (account) => {
    const profile = profiles[account];
    if (!profile) throw new Error(`no AWS profile is named for account ${account}`);
    return { region, credentials: fromIni({ profile }) };
  },
  patience: 3_000,
  unknown_types: [],
});
