import * as path from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';

// The smallest app that uses what the hub uses: an HTTP API with a JWT authorizer, a function behind it, a FIFO queue
// that the function writes to, and a function that reads from the queue.
const app = new App();
const stack = new Stack(app, 'Tiny', { env: { account: app.node.getContext('account'), region: 'us-east-1' } });

const queue = new Queue(stack, 'Queue', { fifo: true, visibilityTimeout: Duration.seconds(30) });
const code = Code.fromAsset(path.join(import.meta.dirname, 'function'));
const runtime = Runtime.NODEJS_24_X;
const timeout = Duration.seconds(20);
const environment = { QUEUE_URL: queue.queueUrl };
const front = new LambdaFunction(stack, 'Front', { code, runtime, timeout, handler: 'index.front', environment });
queue.grantSendMessages(front);
const back = new LambdaFunction(stack, 'Back', { code, runtime, timeout, handler: 'index.back' });
back.addEventSource(new SqsEventSource(queue, { batchSize: 1 }));

const jwtAudience = [app.node.getContext('audience')];
const authorizer = new HttpJwtAuthorizer('Jwt', app.node.getContext('issuer'), { jwtAudience });
const api = new HttpApi(stack, 'Api', { defaultAuthorizer: authorizer });
api.addRoutes({ path: '/front', integration: new HttpLambdaIntegration('FrontIntegration', front) });

new CfnOutput(stack, 'ApiId', { value: api.apiId });
new CfnOutput(stack, 'BackRole', { value: back.role?.roleName ?? '' });
