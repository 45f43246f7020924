import { CfnStackSet } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { externalIdOf } from '../src/control/connector-instance.ts';
import { spokeRoleTemplate } from '../stacksets/spoke-role.ts';
import type { HubConfig, OrganizationConfig } from './config.ts';

/** What the spoke role is placed with. */
export interface SpokeRoleStackSetProps {
  readonly config: HubConfig;
  readonly organization: OrganizationConfig;
  /** Name of the role that the collector runs as: who may assume the spoke role. */
  readonly collectorRoleName: string;
}

/** Accounts in which it may fail at once, out of a hundred, before the rest is left as it was. */
const FAILURE_TOLERANCE_PERCENTAGE = 20;

/**
 * Places the spoke role in every account of the organizational units, also in those that join later, and takes it away from
 * those that leave. Not in the management account, where service-managed stack sets never go.
 */
export class SpokeRoleStackSet extends Construct {
  readonly stackSet: CfnStackSet;

  constructor(scope: Construct, id: string, props: SpokeRoleStackSetProps) {
    super(scope, id);
    const { config, organization, collectorRoleName } = props;
    const parameters = {
      HubAccountId: config.account,
      CollectorRoleName: collectorRoleName,
      ExternalId: externalIdOf(config.account, organization.tenant_id),
      OrganizationId: organization.id,
      RoleName: config.spoke_role_name,
      BoundaryName: `${config.spoke_role_name}Boundary`,
    };
    this.stackSet = new CfnStackSet(this, 'StackSet', {
      stackSetName: `${config.name}-spoke-role`,
      description: `Read-only role through which ${config.name} looks at this account`,
      permissionModel: 'SERVICE_MANAGED',
      callAs: organization.stackset.call_as,
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      capabilities: ['CAPABILITY_NAMED_IAM'],
      managedExecution: { Active: true },
      operationPreferences: {
        failureTolerancePercentage: FAILURE_TOLERANCE_PERCENTAGE,
        maxConcurrentPercentage: 100,
        regionConcurrencyType: 'PARALLEL',
      },
      templateBody: JSON.stringify(spokeRoleTemplate()),
      parameters: Object.entries(parameters).map(([parameterKey, parameterValue]) => ({
        parameterKey,
        parameterValue,
      })),
      stackInstancesGroup: [
        {
          // A role is the same in every region: one is enough.
          regions: [config.region],
          deploymentTargets: { organizationalUnitIds: organization.organizational_unit_ids },
        },
      ],
    });
  }
}
