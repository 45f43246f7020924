/** What `OrganizationId` is where the hub is in no organization: nobody leaves the organization out by forgetting it. */
export const NO_ORGANIZATION = 'none';

/** What a role of ours must be told about the hub. None has a default: who is trusted is never assumed. */
export const HUB_PARAMETERS = {
  HubAccountId: {
    Type: 'String',
    Description: 'Account that the Throughline hub is deployed in',
    AllowedPattern: '^[0-9]{12}$',
  },
  CollectorRoleName: {
    Type: 'String',
    Description: 'Name (without a path) of the role that the collectors of the hub run as',
    AllowedPattern: '^[A-Za-z0-9_+=,.@-]{1,64}$',
  },
  ExternalId: {
    Type: 'String',
    Description: 'External id that the hub issued for this tenant',
    // No upper end: the regular expressions of Terraform count to a thousand only.
    AllowedPattern: '^[A-Za-z0-9_+=,.@:/-]{2,}$',
    MaxLength: 1224,
  },
  OrganizationId: {
    Type: 'String',
    Description: `AWS organization that the hub is in, also where this account is in another one or in none; "${NO_ORGANIZATION}" only for a hub that is in no organization`,
    AllowedPattern: `^(o-[a-z0-9]{10,32}|${NO_ORGANIZATION})$`,
  },
} as const;

/** Whether the caller's organization is asked for. */
export const HUB_CONDITIONS = {
  HubIsInAnOrganization: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'OrganizationId' }, NO_ORGANIZATION] }] },
} as const;

/**
 * Trust in the collector role of the hub, and in nobody else: the hub's account as principal with the role in a condition,
 * so that a collector role which was deleted and made again is still trusted (a role as principal is kept by its unique id);
 * the external id, so that the hub can't be led into another tenant's account; the organization, so that a hub which left it
 * is out. Only a hub that is in no organization does without the last. `${...}` stands for parameters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
export const hubTrust = (inOrganization: boolean) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'TheCollectorOfTheHub',
      Effect: 'Allow',
      Principal: { AWS: `arn:\${AWS::Partition}:iam::\${HubAccountId}:root` },
      Action: 'sts:AssumeRole',
      Condition: {
        ArnEquals: { 'aws:PrincipalArn': `arn:\${AWS::Partition}:iam::\${HubAccountId}:role/\${CollectorRoleName}` },
        StringEquals: {
          'sts:ExternalId': `\${ExternalId}`,
          ...(inOrganization && { 'aws:PrincipalOrgID': `\${OrganizationId}` }),
        },
      },
    },
  ],
});
