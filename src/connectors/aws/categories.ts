/** Categories of the AWS connector: known without loading its collectors. A test holds this list against the registry. */
export const AWS_CATEGORIES = [
  'aws_iam',
  'aws_lambda',
  'aws_bedrock',
  'aws_ecs_ecr',
  'aws_step_functions',
  'aws_eventbridge',
  'aws_s3',
  'aws_secrets',
  'aws_dynamodb_sns',
  'aws_cloudtrail',
  'aws_access_analyzer',
  'aws_config',
] as const;

/** Finds the accounts of an organization; planned before every other cell. */
export const AWS_DISCOVERY_CATEGORY = 'aws_organizations';

/** Asks an account which regions are enabled in it, where nobody has named any; planned before what is asked in regions. */
export const AWS_REGIONS_CATEGORY = 'aws_regions';

/** The collector that says which accounts there are; beside it there are others that look at the organization. */
export const AWS_ACCOUNTS_COLLECTOR = 'organizations.accounts';
