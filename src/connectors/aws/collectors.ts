import { tables } from './dynamodb-sns/tables.ts';
import { topics } from './dynamodb-sns/topics.ts';
import { account } from './iam/account.ts';
import { authorizationDetails } from './iam/authorization-details.ts';
import { oidcProviders, samlProviders } from './iam/federation.ts';
import { eventSourceMappings } from './lambda/event-source-mappings.ts';
import { functions } from './lambda/functions.ts';
import { accounts } from './organizations/accounts.ts';
import { buckets } from './s3/buckets.ts';
import type { AwsCollector } from './session.ts';

/** Every AWS collector. The order inside a category is part of the contract: a cell resumes by the number of its task. */
export const AWS_COLLECTORS: readonly AwsCollector[] = [
  accounts,
  account,
  authorizationDetails,
  oidcProviders,
  samlProviders,
  functions,
  eventSourceMappings,
  buckets,
  tables,
  topics,
];

/** The IAM actions of the collectors that a filter lets through: sorted, each once. */
export const declaredActions = (wanted: (collector: AwsCollector) => boolean): readonly string[] =>
  [...new Set(AWS_COLLECTORS.filter(wanted).flatMap(({ actions }) => actions))].sort();
