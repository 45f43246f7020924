import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { HubWide } from './hub-wide.ts';

/** What the access to the database is made of. */
export interface DatabaseAccessProps {
  readonly hub: HubWide;
}

/**
 * The secret that holds the connection string of MongoDB. It is made empty: whoever operates the hub puts the value, and until
 * then every function fails with Secrets Manager's own words for it.
 */
export class DatabaseAccess extends Construct {
  /** What functions are told as MONGODB_SECRET_ARN. */
  readonly secretArn: string;
  private readonly keyArn: string;

  constructor(scope: Construct, id: string, props: DatabaseAccessProps) {
    super(scope, id);
    const { config, key } = props.hub;
    this.keyArn = key.keyArn;

    // The construct of the CDK's upper layer would generate a value, and functions would connect to nonsense.
    const secret = new CfnSecret(this, 'Connection', {
      description: `Connection string of the MongoDB of ${config.name}`,
      kmsKeyId: key.keyArn,
    });
    // Nobody but the operator can put it back. A first deployment that fails leaves nothing, since it holds nothing yet.
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The value belongs to MongoDB Atlas: rotating means making a database user there (docs/deploy.md, Rotate)',
    });
    // Its reference gives the ARN on AWS and the name on the emulator; this gives the ARN on both.
    this.secretArn = secret.attrId;
  }

  /** Lets a function read the connection string. */
  grantConnect(role: Role): void {
    role.addToPolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [this.secretArn] }));
    role.addToPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [this.keyArn],
        conditions: {
          StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` },
        },
      }),
    );
  }
}
