import {
  type AliasConfiguration,
  type FunctionUrlConfig,
  GetPolicyCommand,
  LambdaClient,
  ListAliasesCommand,
  type ListAliasesResponse,
  ListFunctionUrlConfigsCommand,
  type ListFunctionUrlConfigsResponse,
} from '@aws-sdk/client-lambda';
import type { Json } from '../../../kernel/canonical.ts';
import type { Gap, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { listed, pages, type Reading, readItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { qualifierOf } from './function-arn.ts';

export const POLICY = 'lambda:GetPolicy';
export const URLS = 'lambda:ListFunctionUrlConfigs';
export const ALIASES = 'lambda:ListAliases';

/** An alias and what it says about who may invoke it: a policy of its own, apart from that of the function. */
export interface AliasAccess {
  readonly alias: AliasConfiguration;
  readonly policy: Reading<ObservedPolicyDocument>;
}

/** Who may invoke a function, or one alias of it. One without a policy answers 404. https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html */
export async function* policyOf(
  session: Pick<AwsSession, 'client'>,
  item: string,
  Qualifier?: string,
): AsyncGenerator<Gap, Reading<ObservedPolicyDocument>, undefined> {
  const what = {
    action: POLICY,
    item: Qualifier ? `${item}:${Qualifier}` : item,
    absent: ['ResourceNotFoundException'],
  };
  return yield* readItem(what, async () =>
    resourcePolicy(
      (await session.client(LambdaClient).send(new GetPolicyCommand({ FunctionName: item, Qualifier }))).Policy,
    ),
  );
}

/** The URLs of a function and of its aliases: one call, since a function has few. */
export async function* urlsOf(
  session: Pick<AwsSession, 'client'>,
  item: string,
): AsyncGenerator<Gap, Reading<readonly FunctionUrlConfig[]>, undefined> {
  const listing = pages<ListFunctionUrlConfigsResponse>({
    action: URLS,
    fetch: (Marker) =>
      session.client(LambdaClient).send(new ListFunctionUrlConfigsCommand({ FunctionName: item, Marker })),
    next: (page) => page.NextMarker,
  });
  return yield* readItem({ action: URLS, item }, async () => {
    const urls: FunctionUrlConfig[] = [];
    for await (const page of listing) urls.push(...listed(URLS, page.FunctionUrlConfigs));
    return urls;
  });
}

/** The aliases of a function with their policies. Versions that no alias names may have policies too: they are left out, at a call for each version. */
export async function* aliasesOf(
  session: Pick<AwsSession, 'client'>,
  item: string,
): AsyncGenerator<Gap, Reading<readonly AliasAccess[]>, undefined> {
  const listing = pages<ListAliasesResponse>({
    action: ALIASES,
    fetch: (Marker) => session.client(LambdaClient).send(new ListAliasesCommand({ FunctionName: item, Marker })),
    next: (page) => page.NextMarker,
  });
  const aliases = yield* readItem({ action: ALIASES, item }, async () => {
    const found: AliasConfiguration[] = [];
    for await (const page of listing) found.push(...listed(ALIASES, page.Aliases));
    return found;
  });
  if (!aliases.known) return aliases;
  const value: AliasAccess[] = [];
  for (const alias of aliases.value ?? []) {
    value.push({ alias, policy: yield* policyOf(session, item, required(alias.Name, 'Aliases.Name')) });
  }
  return { known: true, value };
}

/** The URLs with who may call them: `NONE` is everybody whom the policy lets, without a signature. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
export const urlProperty = (urls: readonly FunctionUrlConfig[]): Json =>
  urls
    .map(({ FunctionUrl, FunctionArn, AuthType }) => ({
      url: required(FunctionUrl, 'FunctionUrlConfigs.FunctionUrl'),
      qualifier: qualifierOf(FunctionArn ?? '') ?? null,
      auth_type: required(AuthType, 'FunctionUrlConfigs.AuthType'),
    }))
    .sort((a, b) => (a.url < b.url ? -1 : 1));

/** The aliases by their names. */
export const aliasProperty = (aliases: readonly AliasAccess[]): Json =>
  aliases
    .map(({ alias, policy }) => ({
      name: required(alias.Name, 'Aliases.Name'),
      facts: known({
        function_version: alias.FunctionVersion,
        resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      }),
    }))
    .map(({ name, facts }) => ({ name, ...facts }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
