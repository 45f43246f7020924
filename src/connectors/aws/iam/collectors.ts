import type { AwsCollector } from '../session.ts';
import { accessKeys } from './access-keys.ts';
import { account } from './account.ts';
import { authorizationDetails } from './authorization-details.ts';
import { oidcProviders, samlProviders } from './federation.ts';
import { identityStores } from './identity-store.ts';
import { permissionSets } from './permission-sets.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [
  account,
  authorizationDetails,
  oidcProviders,
  samlProviders,
  accessKeys,
  permissionSets,
  identityStores,
];
