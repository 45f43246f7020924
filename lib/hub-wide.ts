import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { HubTermsEnv } from '../lambdas/environment.ts';
import type { Alarms } from './alarms.ts';
import type { HubConfig } from './config.ts';
import type { EnvironmentOf } from './hub-function.ts';

/** What every stage of the flow is given. */
export interface HubWide {
  readonly config: HubConfig;
  /** The hub's own key, for the connection secret and the logs. */
  readonly key: IKey;
  readonly alarms: Alarms;
}

/** The hub's terms as its functions read them: what callers cannot choose. */
export const hubTerms = ({ account, organization }: HubConfig): EnvironmentOf<typeof HubTermsEnv> => ({
  HUB_ACCOUNT_ID: account,
  ...(organization && {
    ORGANIZATION_ID: organization.id,
    MANAGEMENT_ACCOUNT_ID: organization.management_account_id,
    ORGANIZATION_TENANT_ID: organization.tenant_id,
  }),
});
