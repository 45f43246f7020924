import type { AWS_CATEGORIES, AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from './categories.ts';
import type { AwsCollector } from './session.ts';

type Category = (typeof AWS_CATEGORIES)[number] | typeof AWS_DISCOVERY_CATEGORY | typeof AWS_REGIONS_CATEGORY;

/** Where the collectors of each category are. Loaded when a cell of the category is worked on: the SDK clients of all of them would make every cold start slow. */
const FOLDERS: Readonly<Record<Category, () => Promise<{ readonly COLLECTORS: readonly AwsCollector[] }>>> = {
  aws_organizations: () => import('./organizations/collectors.ts'),
  aws_regions: () => import('./regions/collectors.ts'),
  aws_iam: () => import('./iam/collectors.ts'),
  aws_lambda: () => import('./lambda/collectors.ts'),
  aws_bedrock: () => import('./bedrock/collectors.ts'),
  aws_ecs_ecr: () => import('./ecs-ecr/collectors.ts'),
  aws_step_functions: () => import('./step-functions/collectors.ts'),
  aws_eventbridge: () => import('./eventbridge/collectors.ts'),
  aws_s3: () => import('./s3/collectors.ts'),
  aws_secrets: () => import('./secrets/collectors.ts'),
  aws_dynamodb_sns: () => import('./dynamodb-sns/collectors.ts'),
  aws_cloudtrail: () => import('./cloudtrail/collectors.ts'),
  aws_access_analyzer: () => import('./access-analyzer/collectors.ts'),
  aws_config: () => import('./config/collectors.ts'),
};

const isCategory = (category: string): category is Category => Object.hasOwn(FOLDERS, category);

/** The collectors of a category, in the order in which a cell does them; none of a category that is not known. */
export async function collectorsOf(category: string): Promise<readonly AwsCollector[]> {
  return isCategory(category) ? (await FOLDERS[category]()).COLLECTORS : [];
}

/** Every AWS collector, category by category. Loads all of them. */
export async function allCollectors(): Promise<readonly AwsCollector[]> {
  return (await Promise.all(Object.keys(FOLDERS).map(collectorsOf))).flat();
}
