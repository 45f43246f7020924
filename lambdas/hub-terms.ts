import { AWS_CATEGORIES } from '../src/connectors/aws/categories.ts';
import type { HubTerms } from '../src/control/connector-instance.ts';
import type { SourceHosts } from '../src/control/source-host.ts';

interface TermsEnv {
  readonly HUB_ACCOUNT_ID: string;
  readonly ORGANIZATION_ID?: string | undefined;
  readonly MANAGEMENT_ACCOUNT_ID?: string | undefined;
  readonly ORGANIZATION_TENANT_ID?: string | undefined;
  readonly SOURCE_HOSTS?: SourceHosts | undefined;
}

/** The hub's terms, from its environment. */
export function hubTerms(env: TermsEnv): HubTerms {
  const { ORGANIZATION_ID: id, MANAGEMENT_ACCOUNT_ID: management_account_id, ORGANIZATION_TENANT_ID: tenant_id } = env;
  return {
    hub_account_id: env.HUB_ACCOUNT_ID,
    categories: AWS_CATEGORIES,
    // Only the function that takes addresses from callers is told which are allowed; anywhere else none is.
    source_hosts: env.SOURCE_HOSTS ?? { servicenow: [], foundry: [] },
    ...(id && management_account_id && tenant_id && { organization: { id, management_account_id, tenant_id } }),
  };
}
