import { Duration, Tags } from 'aws-cdk-lib';
import { type IManagedPolicy, ManagedPolicy, PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Statement } from './decoys.ts';

/** What a workload is made of. */
export interface WorkloadProps {
  /** Name of the function. */
  readonly name: string;
  readonly roleName: string;
  readonly description: string;
  /** Tag `team` of function and role. */
  readonly team: string;
  /** Inline policies of the role, by name. */
  readonly policies: Readonly<Record<string, readonly Statement[]>>;
  /** @default none beyond writing logs */
  readonly managedPolicies?: readonly IManagedPolicy[];
  /** @default none */
  readonly boundary?: IManagedPolicy;
  /** @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Tags of function and role beside `team`. @default none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Does nothing: what matters here is who may run as whom. */
const HANDLER = 'exports.handler = async () => ({ done: true });';

/** A Lambda function and the role that it runs as. */
export class Workload extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      roleName: props.roleName,
      description: props.description,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole'),
        ...(props.managedPolicies ?? []),
      ],
      inlinePolicies: Object.fromEntries(
        Object.entries(props.policies).map(([name, statements]) => [name, policyDocument(statements)]),
      ),
      ...(props.boundary && { permissionsBoundary: props.boundary }),
    });
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.name,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline(HANDLER),
      timeout: Duration.seconds(10),
      role: this.role,
      ...(props.environment && { environment: props.environment }),
    });
    for (const [key, value] of Object.entries({ team: props.team, ...props.tags })) Tags.of(this).add(key, value);
  }
}

/** A policy document of statements as IAM writes them. */
export const policyDocument = (statements: readonly Statement[]): PolicyDocument =>
  PolicyDocument.fromJson({ Version: '2012-10-17', Statement: statements });
