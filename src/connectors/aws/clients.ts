import type { STSClientConfig } from '@aws-sdk/client-sts';
import { UndeclaredCall } from '../source-failure.ts';
import { iamActionOf } from './iam-action.ts';

/** What `STSClient` and every other client of the SDK accept as credentials and as HTTP handler. */
export type AwsCredentials = NonNullable<STSClientConfig['credentials']>;
export type AwsRequestHandler = NonNullable<STSClientConfig['requestHandler']>;

/** How every client is made. */
export interface AwsClientConfig {
  readonly region: string;
  readonly credentials?: AwsCredentials;
  readonly requestHandler: AwsRequestHandler;
  readonly retryMode: string;
  readonly maxAttempts: number;
  /** S3 only; other clients ignore them. */
  readonly forcePathStyle: boolean;
  readonly followRegionRedirects: boolean;
}

interface CallContext {
  readonly clientName?: string;
  readonly commandName?: string;
}

/** The part of an SDK client that we touch ourselves. */
export interface AwsClient {
  readonly middlewareStack: {
    add<Args, Result>(
      middleware: (next: (args: Args) => Promise<Result>, context: CallContext) => (args: Args) => Promise<Result>,
      options: { readonly step: 'initialize'; readonly name: string },
    ): void;
    add<Args, Result>(
      middleware: (next: (args: Args) => Promise<Result>) => (args: Args) => Promise<Result>,
      options: { readonly step: 'build'; readonly name: string },
    ): void;
  };
  destroy(): void;
}

export type AwsClientConstructor<Client extends AwsClient> = new (config: AwsClientConfig) => Client;

/** Gives the client of a service in a region (by default the session's), made once. */
export type AwsClientFactory = <Client extends AwsClient>(
  service: AwsClientConstructor<Client>,
  region?: string,
) => Client;

/** Counts calls to AWS, retries included. */
export class CallCounter {
  total = 0;
}

/** A call as a collector made it, before any retry. */
export interface AwsCall {
  /** The IAM action. */
  readonly action: string;
  readonly region: string;
  /** Its parameters, as the SDK took them. */
  readonly input: unknown;
}

/** Answers kept for one session at most: pages of lists, so that they stay well below a collector's memory. */
const MOST_KEPT = 500;

/**
 * Answers to calls that several collectors of one session make, so that no call is made twice for one fact. What was refused
 * or failed is asked again.
 */
export class KeptAnswers {
  readonly #actions: ReadonlySet<string>;
  readonly #answers = new Map<string, unknown>();

  /** `actions`: those of which answers are kept. */
  constructor(actions: ReadonlySet<string>) {
    this.#actions = actions;
  }

  /** What the same call was answered before; else what `ask` brings. */
  async answer<Result>(call: AwsCall, ask: () => Promise<Result>): Promise<Result> {
    if (!this.#actions.has(call.action)) return ask();
    const key = `${call.region} ${call.action} ${JSON.stringify(call.input)}`;
    // Only what this call brought is kept under its key.
    if (this.#answers.has(key)) return this.#answers.get(key) as Result;
    const answer = await ask();
    if (this.#answers.size < MOST_KEPT) this.#answers.set(key, answer);
    return answer;
  }
}

/** What the clients of one session have in common. */
export interface AwsClientTerms {
  readonly config: Omit<AwsClientConfig, 'region'>;
  readonly region: string;
  readonly calls: CallCounter;
  /** Host of a stand-in for AWS, which has no host name per account: S3 Control puts the account's id before it. */
  readonly stand_in_host?: string | undefined;
  /** IAM actions that may be called; anything else is a bug and throws `UndeclaredCall`. */
  readonly declared: { readonly by: string; readonly actions: readonly string[] };
  /** Told of each call before it is made. @default nobody */
  readonly told?: ((call: AwsCall) => void) | undefined;
  /** What was answered before in the session. @default every call is made */
  readonly kept?: KeptAnswers | undefined;
}

/** The clients of one collector in one session. */
export interface AwsClients {
  readonly client: AwsClientFactory;
  readonly destroy: () => void;
}

/** Clients that count their calls and refuse those that the collector did not declare. */
export function awsClients(terms: AwsClientTerms): AwsClients {
  const made = new Map<unknown, Map<string, AwsClient>>();
  return {
    client: (service, region = terms.region) => {
      const byRegion = made.get(service) ?? new Map<string, AwsClient>();
      made.set(service, byRegion);
      const known = byRegion.get(region);
      if (known instanceof service) return known;
      const client = new service({ ...terms.config, region });
      client.middlewareStack.add(guard(terms, region), { step: 'initialize', name: 'throughlineGuard' });
      if (terms.stand_in_host) {
        client.middlewareStack.add(oneHost(terms.stand_in_host), { step: 'build', name: 'throughlineOneHost' });
      }
      byRegion.set(region, client);
      return client;
    },
    destroy: () => {
      for (const byRegion of made.values()) for (const client of byRegion.values()) client.destroy();
      made.clear();
    },
  };
}

const guard =
  ({ declared, calls, told, kept }: AwsClientTerms, region: string) =>
  <Args, Result>(next: (args: Args) => Promise<Result>, context: CallContext) =>
  async (args: Args): Promise<Result> => {
    const action = iamActionOf(context.clientName ?? '', context.commandName ?? '');
    if (!declared.actions.includes(action)) {
      throw new UndeclaredCall(`${declared.by} calls ${action}, which is not among its declared actions`);
    }
    const call = { action, region, input: (args as { readonly input?: unknown }).input };
    const ask = async (): Promise<Result> => {
      told?.(call);
      try {
        const result = await next(args);
        calls.total += attemptsOf((result as { readonly output?: unknown }).output);
        return result;
      } catch (error) {
        calls.total += attemptsOf(error);
        throw error;
      }
    };
    return kept ? kept.answer(call, ask) : ask();
  };

const oneHost =
  (host: string) =>
  <Args, Result>(next: (args: Args) => Promise<Result>) =>
  (args: Args): Promise<Result> => {
    const { request } = args as { readonly request?: { hostname: string } };
    if (request?.hostname.endsWith(`.${host}`)) request.hostname = host;
    return next(args);
  };

/** The SDK says on answers and on errors how often it tried. */
const attemptsOf = (outcome: unknown): number =>
  (outcome as { readonly $metadata?: { readonly attempts?: number } } | undefined)?.$metadata?.attempts ?? 1;
