import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type * as z from 'zod';
import { ApiEnv } from '../lambdas/api/env.ts';
import type { DatabaseAccess } from './database-access.ts';
import { HubFunction } from './hub-function.ts';
import { type HubWide, hubTerms } from './hub-wide.ts';
import type { WorkQueue } from './work-queue.ts';

/** What the control API is wired to. */
export interface ControlApiProps {
  readonly hub: HubWide;
  readonly database: DatabaseAccess;
  /** Where a new run goes. */
  readonly plans: WorkQueue;
  /** Where a cell goes whose held removal was released. */
  readonly cells: WorkQueue;
  /** What tries connections: the API itself may enter no account and read no credentials. */
  readonly checks: { readonly aws: InvokedFunction; readonly sources: InvokedFunction };
  /** Where a change of settings asks for a stitch. */
  readonly stitches: WorkQueue;
  /** What answers questions about whole graphs, and what is told to stitch at once. */
  readonly stitching: { readonly askGraph: InvokedFunction; readonly stitch: InvokedFunction };
}

/** A function that another one calls. */
type InvokedFunction = Pick<HubFunction<z.ZodRawShape>, 'function' | 'grantInvoke'>;

/** Requests in a second, and at once, over all callers: a person and a few scripts, not a public service. */
const THROTTLE = { rateLimit: 50, burstLimit: 100 };

/** HTTP in: a token is verified by API Gateway before the function sees the request. */
export class ControlApi extends Construct {
  readonly api: HttpApi;
  readonly function: HubFunction<typeof ApiEnv>;

  constructor(scope: Construct, id: string, props: ControlApiProps) {
    super(scope, id);
    const { hub, database, plans, cells, checks, stitches, stitching } = props;
    const { oidc } = hub.config;

    this.function = new HubFunction(this, 'Api', {
      hub,
      duty: 'api',
      description: 'Answers the HTTP API',
      schema: ApiEnv,
      environment: {
        MONGODB_SECRET_ARN: database.secretArn,
        PLAN_QUEUE_URL: plans.queue.queueUrl,
        CELL_QUEUE_URL: cells.queue.queueUrl,
        CHECK_AWS_FUNCTION: checks.aws.function.functionName,
        CHECK_SOURCES_FUNCTION: checks.sources.function.functionName,
        STITCH_QUEUE_URL: stitches.queue.queueUrl,
        STITCH_DELAY_SECONDS: `${hub.config.stitch.delay_seconds}`,
        ASK_GRAPH_FUNCTION: stitching.askGraph.function.functionName,
        STITCH_FUNCTION: stitching.stitch.function.functionName,
        ...hubTerms(hub.config),
        SOURCE_HOSTS: JSON.stringify(hub.config.source_hosts),
        TENANT_CLAIM: oidc.claims.tenant,
        WORKSPACES_CLAIM: oidc.claims.workspaces,
        PERMISSIONS_CLAIM: oidc.claims.permissions,
        REQUESTS_PER_MINUTE: String(hub.config.api.requests_per_minute),
      },
      // API Gateway waits 30 s.
      timeout: Duration.seconds(29),
      memory: 1024,
    });
    database.grantConnect(this.function.role);
    plans.grantSend(this.function.role);
    cells.grantSend(this.function.role);
    stitches.grantSend(this.function.role);
    for (const called of [checks.aws, checks.sources, stitching.askGraph, stitching.stitch]) {
      called.grantInvoke(this.function.role);
    }

    const integration = new HttpLambdaIntegration('Function', this.function.function);
    this.api = new HttpApi(this, 'Http', {
      apiName: hub.config.name,
      description: 'Control plane and results of Throughline',
      createDefaultStage: false,
      defaultAuthorizer: new HttpJwtAuthorizer('Token', oidc.issuer, { jwtAudience: oidc.audience }),
    });
    this.api.addRoutes({ path: '/api/v1/{proxy+}', methods: [HttpMethod.ANY], integration });
    for (const path of ['/health', '/ready']) {
      const open = { path, methods: [HttpMethod.GET], integration, authorizer: new HttpNoneAuthorizer() };
      for (const route of this.api.addRoutes(open)) {
        Validations.of(route).acknowledge({
          id: 'AwsSolutions-APIG4',
          reason: 'Load balancers and monitors ask it without a token; it says yes or no and nothing else',
        });
      }
    }

    const accessLog = new LogGroup(this, 'AccessLog', {
      encryptionKey: hub.key,
      retention: hub.config.log_retention_days,
      // Who asked, from where, and was refused: wanted also after the hub is gone, until the retention ends.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    });

    hub.alarms.raise(this, 'ServerErrors', { metric: this.api.metricServerError({ statistic: 'Sum' }) });
  }
}

/** Who, what and how it ended. No header and no body: a token must not get into a log. */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    request_id: '$context.requestId',
    time: '$context.requestTime',
    source_ip: '$context.identity.sourceIp',
    user_agent: '$context.identity.userAgent',
    subject: '$context.authorizer.claims.sub',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    bytes: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    refused_because: '$context.authorizer.error',
    error: '$context.error.message',
    integration_error: '$context.integrationErrorMessage',
  }),
);
