import type { Command } from 'commander';
import { decodeJwt } from 'jose';
import * as z from 'zod';
import type { Screen } from '../terminal/screen.ts';
import type { Cli } from './cli.ts';
import { showFields } from './fields.ts';
import { type HubAccess, hubAccess } from './hub-access.ts';

/** Who the hub takes us for, as far as the token says. The hub believes what its issuer signed, and nothing here. */
interface Identity {
  readonly hub: string;
  /** Who named the hub. */
  readonly from: HubAccess['from'];
  readonly subject?: string;
  readonly tenant_id?: string;
  readonly workspaces?: readonly string[];
  readonly permissions?: readonly string[];
  readonly issuer?: string;
  readonly expires_at?: string;
}

/** Claims by the names that a hub has for them unless it is configured otherwise. One that is of another shape is left out. */
const Claims = z.object({
  sub: z.string().optional().catch(undefined),
  iss: z.string().optional().catch(undefined),
  exp: z.number().optional().catch(undefined),
  org_id: z.string().optional().catch(undefined),
  workspaces: z.array(z.string()).optional().catch(undefined),
  permissions: z.array(z.string()).optional().catch(undefined),
});

/** `throughline whoami`: which hub, and as whom. */
export function addWhoami(program: Command, cli: Cli, env: NodeJS.ProcessEnv): void {
  program
    .command('whoami')
    .description('which hub is talked to, and who the token says that we are')
    .action(async () => {
      const access = hubAccess(env);
      cli.tell(identityOf(access, await access.token()), showIdentity);
    });
}

/** What a token says of its bearer. */
export function identityOf({ url, from }: HubAccess, token: string): Identity {
  const { sub, iss, exp, org_id, workspaces, permissions } = claimsOf(token);
  return {
    hub: url,
    from,
    ...(sub !== undefined && { subject: sub }),
    ...(org_id !== undefined && { tenant_id: org_id }),
    ...(workspaces && { workspaces }),
    ...(permissions && { permissions }),
    ...(iss !== undefined && { issuer: iss }),
    ...(exp !== undefined && { expires_at: new Date(exp * 1_000).toISOString() }),
  };
}

/** Nothing, where the token is none that can be read: the hub may still take it. */
function claimsOf(token: string): z.infer<typeof Claims> {
  try {
    return Claims.parse(decodeJwt(token));
  } catch {
    return {};
  }
}

/** Shows who we are. */
export function showIdentity(identity: Identity, screen: Screen): void {
  const unsaid = 'not said by the token, at least not under the usual name of the claim';
  showFields(
    [
      ['hub', `${identity.hub} (${identity.from})`],
      ['subject', identity.subject ?? unsaid],
      ['tenant', identity.tenant_id ?? unsaid],
      ['workspaces', identity.workspaces?.join(', ') ?? unsaid],
      ['permissions', identity.permissions?.join(', ') ?? unsaid],
      ['issuer', identity.issuer],
      ['token until', identity.expires_at],
    ],
    screen,
  );
}
