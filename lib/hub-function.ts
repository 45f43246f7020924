import path from 'node:path';
import { AssetHashType, DockerImage, type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type * as z from 'zod';
import { bundle, ROOT } from './bundle/bundle.ts';
import type { HubWide } from './hub-wide.ts';

type Optional<Shape extends z.ZodRawShape> = {
  [Name in keyof Shape]: undefined extends z.output<Shape[Name]> ? Name : never;
}[keyof Shape];

/** The variables that a function's environment schema wants: a missing or a surplus one does not compile. */
export type EnvironmentOf<Shape extends z.ZodRawShape> = {
  readonly [Name in Exclude<keyof Shape, Optional<Shape>>]: string;
} & {
  readonly [Name in Optional<Shape>]?: string;
};

/** The role of a function. */
export interface FunctionRole {
  readonly role: Role;
  /** `<name of the hub>-<duty>`, without a path: the spoke roles trust the collector's by this name. */
  readonly roleName: string;
}

/** What a function is made of. */
export interface HubFunctionProps<Shape extends z.ZodRawShape> {
  readonly hub: HubWide;
  /** The folder of `lambdas/`, and the end of the function's name. */
  readonly duty: string;
  readonly description: string;
  /** The schema that the function checks its environment with: `lambdas/<duty>/env.ts`. */
  readonly schema: Shape;
  readonly environment: NoInfer<EnvironmentOf<Shape>>;
  readonly timeout: Duration;
  /** Megabytes; the processor's share grows with it. @default 512 */
  readonly memory?: number;
  /** The function whose role it shares, where both must be the same to whoever trusts it. @default a role of its own */
  readonly actsAs?: FunctionRole;
  /** Whether it sends itself messages on purpose: Lambda otherwise ends a chain of sixteen. @default false */
  readonly sendsToItself?: boolean;
}

/**
 * The one way in which a function of the hub is made: one bundle on Node 24, a role of its own that may do nothing but write
 * its log, a log group with an end, an alarm on errors. Rights are granted by the stage that it works for.
 */
export class HubFunction<Shape extends z.ZodRawShape> extends Construct implements FunctionRole {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly roleName: string;

  constructor(scope: Construct, id: string, props: HubFunctionProps<Shape>) {
    super(scope, id);
    const { config, key, alarms } = props.hub;
    const name = `${config.name}-${props.duty}`;
    this.roleName = props.actsAs?.roleName ?? name;

    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/throughline/${config.name}/${props.duty}`,
      encryptionKey: key,
      retention: config.log_retention_days,
      // Logs are for operating this hub; what must outlive it (who did what) is in the database.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role =
      props.actsAs?.role ??
      new Role(this, 'Role', { roleName: name, assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);

    this.function = new LambdaFunction(this, 'Function', {
      functionName: name,
      description: props.description,
      code: codeOf(props.duty),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memory ?? 512,
      timeout: props.timeout,
      role: this.role,
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
      recursiveLoop: props.sendsToItself ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { ...props.environment },
    });

    alarms.raise(this, 'Errors', { metric: this.function.metricErrors() });
  }

  /** Lets another function call this one and wait for its answer; no version and no alias of it. */
  grantInvoke(caller: Role): void {
    caller.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }),
    );
  }

  /** Where an event goes on which an asynchronous call failed, after Lambda has tried it again twice. */
  failTo(deadLetters: IQueue): void {
    this.function.configureAsyncInvoke({ onFailure: new SqsDestination(deadLetters), retryAttempts: 2 });
  }
}

/** The bundle as an asset: built here by esbuild, in no container. */
function codeOf(duty: string): Code {
  return Code.fromAsset(path.join(ROOT, 'lambdas', duty), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: only asked if `tryBundle` declines, and it does not.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle: (folder) => {
          bundle(duty, folder);
          return true;
        },
      },
    },
  });
}
