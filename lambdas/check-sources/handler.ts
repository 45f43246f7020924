import { type CheckOutcome, outcomeOf, refused } from '../../src/connectors/check.ts';
import { checkEntra } from '../../src/connectors/entra/check.ts';
import { checkFoundry } from '../../src/connectors/foundry/check.ts';
import { checkServiceNow } from '../../src/connectors/servicenow/check.ts';
import type { SourceNetwork } from '../../src/connectors/source-request.ts';
import { isCredentialsRefOf, secretsOf } from '../../src/control/credentials-ref.ts';
import { isAllowedHost, type SourceHosts, sourceAddress } from '../../src/control/source-host.ts';
import { AppError } from '../../src/kernel/failures.ts';
import type { TenantId } from '../../src/kernel/ids.ts';
import { type CheckHandlerDeps, checkHandler } from '../check-request.ts';

export interface CheckSourcesDeps extends CheckHandlerDeps {
  /** What a secret holds. Throws AppError `credentials_invalid` where it cannot be read. */
  readonly readSecret: (name: string) => Promise<string>;
  readonly network: SourceNetwork;
  /** The hosts that the hub may talk to, as they are now: fewer, perhaps, than when the instance was made. */
  readonly source_hosts: SourceHosts;
}

/** Invoked by the API: tries sources that are asked with a secret of their tenant. */
export const checkSourcesHandler = (deps: CheckSourcesDeps) =>
  checkHandler(deps, ['entra', 'servicenow', 'foundry'], (instance, _, over) => {
    const { credentials_ref, tenant_id } = instance;
    const source = {
      network: deps.network,
      credentials_ref,
      now: deps.now,
      secret: async () => deps.readSecret(ofTenant(tenant_id, credentials_ref)),
    };
    switch (instance.connector_kind) {
      case 'entra':
        return checkEntra(source, instance.config, over);
      case 'servicenow':
        return onAllowedHost(instance.config.instance_url, deps.source_hosts.servicenow, (host) =>
          checkServiceNow(source, { host }, over),
        );
      case 'foundry':
        return checkFoundry(source, instance.config, over);
    }
  });

/** Checked when the instance was made, and again here, where the right to read is: the role may read the secrets of every tenant. */
function ofTenant(tenant_id: TenantId, name: string): string {
  if (isCredentialsRefOf(tenant_id, name)) return name;
  throw new AppError('credentials_invalid', `the secret ${name} does not lie below ${secretsOf(tenant_id)}`);
}

/** Asks a host whose address a caller gave, unless the hub may not talk to it any more. */
async function onAllowedHost(
  address: string,
  allowed: readonly string[],
  ask: (host: string) => Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const host = sourceAddress(address)?.host;
  if (host !== undefined && isAllowedHost(host, allowed)) return ask(host);
  const failure = new AppError('source_unreachable', 'the host is not one that this hub may talk to');
  const remedy = 'Ask the operator of this hub to allow the host (source_hosts in its configuration).';
  return outcomeOf([refused(address, failure, { remedy })]);
}
