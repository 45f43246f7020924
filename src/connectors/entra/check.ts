import * as z from 'zod';
import { AppError } from '../../kernel/failures.ts';
import { type BetterWords, type CheckOutcome, connected, outcomeOf, withinTime } from '../check.ts';
import { CLOUDS, type Cloud, signIn } from '../microsoft/sign-in.ts';
import { CONNECTOR_FOLLOWS, type SourceCheckDeps, unexpected, wordsFrom } from '../source-check.ts';
import { askSource, unreachable } from '../source-request.ts';

/** The directory that an instance looks at. */
export interface EntraCheckTarget {
  readonly entra_tenant_id: string;
  /** @default 'global' */
  readonly cloud?: Cloud | undefined;
}

const Organization = z.object({ value: z.array(z.object({ id: z.string() })).min(1) });

/** Signs in to a directory and asks it who it is. */
export async function checkEntra(
  deps: SourceCheckDeps,
  { entra_tenant_id, cloud = 'global' }: EntraCheckTarget,
  over: AbortSignal,
): Promise<CheckOutcome> {
  const target = `entra tenant ${entra_tenant_id}`;
  const finding = await withinTime(target, { over, words: words(deps.credentials_ref) }, async () => {
    const host = CLOUDS[cloud].graph;
    const token = await signIn(deps, { cloud, entra_tenant_id, api: host }, over);
    const found = await organizationOf(deps, host, token, over);
    if (found !== entra_tenant_id) {
      throw new AppError('credentials_invalid', `${host}: the credentials are those of another tenant`);
    }
    return connected(target, CONNECTOR_FOLLOWS);
  });
  return outcomeOf([finding]);
}

/** https://learn.microsoft.com/en-us/graph/api/organization-list */
async function organizationOf(deps: SourceCheckDeps, host: string, token: string, over: AbortSignal): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const path = '/v1.0/organization?$select=id';
  const answer = await askSource(deps.network, { method: 'GET', host, path, headers }, over);
  if (answer.status === 401) throw new AppError('credentials_invalid', `${host}: did not accept the token`);
  if (answer.status === 403) throw new AppError('access_denied', `${host}: refused to say which tenant this is`);
  if (answer.status !== 200 || answer.body === undefined) throw unexpected(host, answer);
  const organization = Organization.safeParse(answer.body);
  const id = organization.data?.value[0]?.id;
  if (id === undefined) throw unreachable(host, 'answered without an organization');
  return id.toLowerCase();
}

const words = (credentials_ref: string): BetterWords =>
  wordsFrom({
    credentials_invalid: {
      remedy: `Check the tenant id, and put a valid client secret or certificate of the app registration into the secret ${credentials_ref} (docs/connectors.md says in what form).`,
      responsible: 'Entra tenant admin',
    },
    access_denied: {
      remedy:
        'Give the app registration the application permission Organization.Read.All (or Directory.Read.All) of Microsoft Graph, and grant admin consent to it.',
      responsible: 'Entra tenant admin',
    },
    throttled: {
      remedy: 'Check again in some minutes: another application may be using up what the tenant allows.',
      responsible: 'Entra tenant admin',
    },
  });
