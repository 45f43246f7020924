/** Policy documents of the generated organization, as IAM would return them. */
type Statement = Readonly<Record<string, unknown>>;

/** A policy of today's version. */
export const document = (...Statement: readonly Statement[]) => ({ Version: '2012-10-17', Statement });

const allow = (Action: string | readonly string[], Resource: string | readonly string[], Condition?: Statement) =>
  Condition ? { Effect: 'Allow', Action, Resource, Condition } : { Effect: 'Allow', Action, Resource };

/** Managed policies, shared by thousands of roles. */
export const MANAGED = {
  administrator: document(allow('*', '*')),
  power_user: document(
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    allow(['iam:CreateServiceLinkedRole', 'iam:ListRoles', 'organizations:DescribeOrganization'], '*'),
  ),
  read_only: document(
    allow(['s3:Get*', 's3:List*', 'dynamodb:Get*', 'dynamodb:List*', 'dynamodb:Query', 'iam:Get*', 'iam:List*'], '*'),
    allow(['ec2:Describe*', 'kms:List*', 'kms:Describe*', 'lambda:Get*', 'lambda:List*', 'sts:GetCallerIdentity'], '*'),
  ),
  lambda_basic: document(allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], '*')),
  ssm_core: document(
    allow(['ssm:UpdateInstanceInformation', 'ssm:GetParameter', 'ssmmessages:*', 'ec2messages:*'], '*'),
  ),
  service_linked: document(allow(['ec2:Describe*', 'ec2:CreateNetworkInterface', 'cloudwatch:PutMetricData'], '*')),
} as const;

/** The permissions boundary that developers' roles carry. */
export const BOUNDARY = document(allow(['s3:*', 'dynamodb:*', 'sqs:*', 'lambda:*', 'logs:*', 'sts:AssumeRole'], '*'), {
  Effect: 'Deny',
  Action: ['iam:*', 'organizations:*'],
  Resource: '*',
});

/** SCPs: what AWS attaches everywhere, what the root forbids, and what two kinds of unit forbid. */
export const SCPS = {
  full_access: document(allow('*', '*')),
  root: document(
    { Effect: 'Deny', Action: ['organizations:LeaveOrganization', 'cloudtrail:StopLogging'], Resource: '*' },
    {
      Effect: 'Deny',
      NotAction: ['iam:*', 'sts:*', 'organizations:*', 'support:*', 'cloudfront:*', 'route53:*'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] } },
    },
  ),
  production: document({
    Effect: 'Deny',
    Action: ['s3:DeleteBucket', 'kms:ScheduleKeyDeletion', 'rds:DeleteDBCluster'],
    Resource: '*',
    Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/break-glass' } },
  }),
  protect_access_role: document({
    Effect: 'Deny',
    Action: ['iam:DeleteRole', 'iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy'],
    Resource: 'arn:aws:iam::*:role/OrganizationAccountAccessRole',
  }),
} as const;

/** The resource control policy of the root: only our own organization and AWS's services. */
export const organizationRcp = (organization: string) =>
  document({
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:*', 'sqs:*', 'kms:*', 'secretsmanager:*', 'sts:AssumeRole'],
    Resource: '*',
    Condition: {
      StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization },
      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
    },
  });

/** Who may become a role. */
export const trust = {
  service: (Service: string) => document({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }),
  serviceOf: (Service: string, account: string) =>
    document({
      Effect: 'Allow',
      Principal: { Service },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  principals: (AWS: string | readonly string[], Condition?: Statement) =>
    document({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', ...(Condition ? { Condition } : {}) }),
  organization: (organization: string) =>
    document({
      Effect: 'Allow',
      Principal: '*',
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } },
    }),
  saml: (Federated: string) =>
    document({
      Effect: 'Allow',
      Principal: { Federated },
      Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
      Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
    }),
  github: (Federated: string, repository: string) =>
    document({
      Effect: 'Allow',
      Principal: { Federated },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
        StringLike: { 'token.actions.githubusercontent.com:sub': `repo:example/${repository}:*` },
      },
    }),
} as const;

/** Inline policies. */
export const inline = {
  assume: (Resource: string | readonly string[]) => document(allow('sts:AssumeRole', Resource)),
  application: (account: string, name: string) =>
    document(
      allow(
        ['s3:GetObject', 's3:PutObject'],
        [`arn:aws:s3:::${name}-${account}/*`, `arn:aws:s3:::shared-${account}/in/*`],
      ),
      allow(
        ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
        `arn:aws:dynamodb:eu-central-1:${account}:table/${name}`,
      ),
      allow('secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-central-1:${account}:secret:${name}/*`, {
        StringEquals: { 'secretsmanager:ResourceTag/service': name },
      }),
    ),
} as const;
