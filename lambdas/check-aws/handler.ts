import { type AwsCheckOptions, checkAws } from '../../src/connectors/aws/check.ts';
import type { Tenancy } from '../../src/kernel/ids.ts';
import type { KnownAccount } from '../../src/runs/retire-cell.ts';
import { type CheckHandlerDeps, checkHandler } from '../check-request.ts';

export interface CheckAwsDeps extends CheckHandlerDeps {
  /** The accounts that earlier scans of an instance found in its organization. */
  readonly knownAccounts: (tenant: Tenancy, instance_id: string) => Promise<readonly KnownAccount[]>;
  readonly aws: AwsCheckOptions;
}

/** Invoked by the API: tries the accounts of an AWS instance. */
export const checkAwsHandler = (deps: CheckAwsDeps) =>
  checkHandler(deps, ['aws'], async ({ config, external_id, ...instance }, { request_id }, over) => {
    const reach =
      config.mode === 'accounts'
        ? ({ mode: 'accounts', account_ids: config.account_ids } as const)
        : ({ mode: 'organization', known_accounts: await activeAccounts(deps, instance) } as const);
    return checkAws(deps.aws, { external_id, session_name: `throughline-check-${request_id}`, reach }, over);
  });

async function activeAccounts(
  { knownAccounts }: CheckAwsDeps,
  instance: Tenancy & { readonly _id: string },
): Promise<readonly string[]> {
  const accounts = await knownAccounts(instance, instance._id);
  return accounts
    .filter(({ status }) => status === 'ACTIVE')
    .map(({ account_id }) => account_id)
    .toSorted();
}
