import * as z from 'zod';
import { AppError } from '../../kernel/failures.ts';
import {
  type BetterWords,
  type CheckFinding,
  type CheckOutcome,
  connected,
  outcomeOf,
  tryEach,
  withinTime,
} from '../check.ts';
import { signIn } from '../microsoft/sign-in.ts';
import { CONNECTOR_FOLLOWS, type SourceCheckDeps, unexpected, wordsFrom } from '../source-check.ts';
import { askSource } from '../source-request.ts';

/** The subscriptions that an instance looks through. */
export interface FoundryCheckTarget {
  readonly entra_tenant_id: string;
  readonly subscription_ids: readonly string[];
}

const ARM = 'management.azure.com';
const MOST = 50;
const AT_ONCE = 8;
const Subscription = z.object({ subscriptionId: z.string() });

/** Signs in to Azure and asks for each subscription once. */
export async function checkFoundry(
  deps: SourceCheckDeps,
  { entra_tenant_id, subscription_ids }: FoundryCheckTarget,
  over: AbortSignal,
): Promise<CheckOutcome> {
  const terms = { over, words: words(deps.credentials_ref) };
  let token: string | undefined;
  const signed = await withinTime(`entra tenant ${entra_tenant_id}`, terms, async (target) => {
    token = await signIn(deps, { cloud: 'global', entra_tenant_id, api: ARM }, over);
    return connected(target, 'signed in');
  });
  if (token === undefined) return outcomeOf([signed]);
  const bearer = token;
  const findings = await tryEach('subscriptions', subscription_ids, { ...terms, most: MOST, at_once: AT_ONCE }, (id) =>
    look(deps, id, bearer, over),
  );
  return outcomeOf(findings);
}

/** https://learn.microsoft.com/en-us/rest/api/resources/subscriptions/get */
async function look(
  deps: SourceCheckDeps,
  subscription: string,
  token: string,
  over: AbortSignal,
): Promise<CheckFinding> {
  const headers = { authorization: `Bearer ${token}` };
  const path = `/subscriptions/${subscription}?api-version=2022-12-01`;
  const answer = await askSource(deps.network, { method: 'GET', host: ARM, path, headers }, over);
  if (answer.status === 401) {
    throw new AppError('credentials_invalid', `${ARM}: the subscription does not take tokens of this tenant`);
  }
  // ARM does not tell a subscription that may not be seen from one that there is not.
  if (answer.status === 403 || (answer.status === 404 && answer.body !== undefined)) {
    throw new AppError('access_denied', `${ARM}: the subscription is not there, or may not be read`);
  }
  if (answer.status !== 200 || !Subscription.safeParse(answer.body).success) throw unexpected(ARM, answer);
  return connected(subscription, CONNECTOR_FOLLOWS);
}

const words = (credentials_ref: string): BetterWords =>
  wordsFrom({
    credentials_invalid: {
      remedy: `Check the tenant id and to which tenant the subscriptions belong, and put a valid client secret or certificate of the app registration into the secret ${credentials_ref} (docs/connectors.md says in what form).`,
      responsible: 'Entra tenant admin',
    },
    access_denied: {
      remedy:
        'Check the subscription id, and assign the role Reader on the subscription to the service principal of the app registration.',
      responsible: 'Source owner',
    },
    throttled: {
      remedy: 'Check again in some minutes: another application may be using up what Azure Resource Manager allows.',
      responsible: 'Source owner',
    },
  });
