import { Stack, Tags } from 'aws-cdk-lib';
import { CfnAgent } from 'aws-cdk-lib/aws-bedrock';
import { CfnOIDCProvider, Role, ServicePrincipal, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { BRIDGES, ENTRA } from './names.ts';
import { arnsOf, type Placement } from './placement.ts';
import { policyDocument, Workload } from './workload.ts';

/** Where the bridges stand. */
export interface BridgesProps {
  readonly placement: Placement;
  readonly media: Bucket;
}

/** What of mp-workloads reaches Entra and ServiceNow, and is reached from there and from Foundry. */
export class Bridges extends Construct {
  constructor(scope: Construct, id: string, props: BridgesProps) {
    super(scope, id);
    const { placement, media } = props;
    this.#secrets();
    this.#supportRouter(placement, this.#mcpBridge());
    this.#mcpTools();
    this.#ticketIntake();
    this.#foundryRouter(media);
  }

  /** Empty: what a secret is for is in its tags, and nobody reads more. */
  #secrets(): void {
    for (const [id, name, app] of [
      ['McpBridgeSecret', BRIDGES.mcpBridgeSecret, ENTRA.apps.mcpBridge],
      ['VendorSecret', BRIDGES.vendorSecret, ENTRA.apps.vendorSync],
    ] as const) {
      const secret = new CfnSecret(this, id, { name, description: 'Credential of an application of Entra' });
      Tags.of(secret).add('entra-app-id', app);
      Tags.of(secret).add('entra-tenant-id', ENTRA.tenant);
    }
  }

  /** Signs in to Entra with the secret, for whoever calls it. */
  #mcpBridge(): Workload {
    const { region, account } = Stack.of(this);
    return new Workload(this, 'McpBridge', {
      name: BRIDGES.mcpBridge,
      roleName: BRIDGES.mcpBridgeRole,
      description: 'Looks up HR records for agents',
      team: 'support',
      policies: {
        'read-credential': [
          {
            Sid: 'ReadCredential',
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            // Secrets Manager adds six characters to the name.
            Resource: `arn:aws:secretsmanager:${region}:${account}:secret:${BRIDGES.mcpBridgeSecret}-??????`,
          },
        ],
      },
    });
  }

  /** An agent whose one tool is the bridge. */
  #supportRouter(placement: Placement, bridge: Workload): void {
    const { region, account } = Stack.of(this);
    const arns = arnsOf(placement);
    const bedrock = new ServicePrincipal('bedrock.amazonaws.com');
    const role = new Role(this, 'SupportRouterRole', {
      roleName: BRIDGES.supportRouterRole,
      description: 'Answers support',
      assumedBy: bedrock.withConditions({ StringEquals: { 'aws:SourceAccount': account } }),
      inlinePolicies: {
        model: policyDocument([
          {
            Sid: 'AskModel',
            Effect: 'Allow',
            Action: 'bedrock:InvokeModel',
            Resource: `arn:aws:bedrock:${region}::foundation-model/${MODEL}`,
          },
        ]),
      },
    });
    bridge.function.addPermission('SupportRouter', {
      principal: bedrock,
      sourceAccount: account,
      sourceArn: `arn:aws:bedrock:${region}:${account}:agent/*`,
    });
    // By name, not by reference: where CloudFormation does not know agents, it is made by itself.
    const agent = new CfnAgent(this, 'SupportRouter', {
      agentName: BRIDGES.supportRouter,
      agentResourceRoleArn: arns.role('workloads', BRIDGES.supportRouterRole),
      foundationModel: MODEL,
      instruction: 'You answer questions of employees about their own records.',
      actionGroups: [
        {
          actionGroupName: BRIDGES.supportTools,
          actionGroupExecutor: { lambda: arns.function('workloads', BRIDGES.mcpBridge) },
          functionSchema: { functions: [{ name: 'look_up_record' }] },
        },
      ],
    });
    agent.node.addDependency(role, bridge);
  }

  #mcpTools(): void {
    new Workload(this, 'McpTools', {
      name: BRIDGES.mcpTools,
      roleName: BRIDGES.mcpToolsRole,
      description: 'Tools about contracts, for whoever speaks MCP',
      team: 'support',
      policies: {},
      environment: { AZURE_CLIENT_ID: ENTRA.apps.mcpTools, AZURE_TENANT_ID: ENTRA.tenant },
      tags: { 'mcp-server': 'true' },
    });
  }

  #ticketIntake(): void {
    const intake = new Workload(this, 'TicketIntake', {
      name: BRIDGES.ticketIntake,
      roleName: BRIDGES.ticketIntakeRole,
      description: 'Takes tickets from other systems',
      team: 'support',
      policies: {},
    });
    intake.function.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
  }

  /** Workloads of Entra's tenant may read media: one of them, by its object id. */
  #foundryRouter(media: Bucket): void {
    const issuer = `sts.windows.net/${ENTRA.tenant}/`;
    new CfnOIDCProvider(this, 'Entra', {
      url: `https://${issuer}`,
      clientIdList: ['api://sp-mp-foundry-router'],
    });
    new Role(this, 'FoundryRouterRole', {
      roleName: BRIDGES.foundryRouterRole,
      description: 'Reads media for the router of Foundry',
      assumedBy: new WebIdentityPrincipal(`arn:aws:iam::${Stack.of(this).account}:oidc-provider/${issuer}`, {
        StringEquals: {
          [`${issuer}:aud`]: 'api://sp-mp-foundry-router',
          [`${issuer}:sub`]: ENTRA.principals.foundryRouter,
        },
      }),
      inlinePolicies: {
        media: policyDocument([
          { Sid: 'ReadMedia', Effect: 'Allow', Action: 's3:GetObject', Resource: `${media.bucketArn}/*` },
        ]),
      },
    });
  }
}

const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
