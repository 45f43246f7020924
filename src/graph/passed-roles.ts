import type { EntityType } from '../observations/entity-types.ts';
import { API, type AskedOf, of, type Technique } from './technique.ts';

const GLUE_JOBS = 'https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html';

const PASS_TARGET = of('target', 'iam:PassRole');
const ROLE: readonly EntityType[] = ['aws_iam_role'];

const ANY = {
  function: 'arn:<partition>:lambda:<region>:<account>:function:<name>',
  machine: 'arn:<partition>:states:<region>:<account>:stateMachine:<name>',
  runtime: 'arn:<partition>:bedrock-agentcore:<region>:<account>:runtime/<name>',
  interpreter: 'arn:<partition>:bedrock-agentcore:<region>:<account>:code-interpreter-custom/<name>',
  definition: 'arn:<partition>:ecs:<region>:<account>:task-definition/<name>',
  rule: 'arn:<partition>:events:<region>:<account>:rule/<name>',
  schedule: 'arn:<partition>:scheduler:<region>:<account>:schedule/<name>',
  pipe: 'arn:<partition>:pipes:<region>:<account>:pipe/<name>',
  project: 'arn:<partition>:codebuild:<region>:<account>:project/<name>',
  job: 'arn:<partition>:glue:<region>:<account>:job/<name>',
  notebook: 'arn:<partition>:sagemaker:<region>:<account>:notebook-instance/<name>',
  processing: 'arn:<partition>:sagemaker:<region>:<account>:processing-job/<name>',
  profile: 'arn:<partition>:iam::<account>:instance-profile/<name>',
  instance: 'arn:<partition>:ec2:<region>:<account>:instance/<name>',
  image: 'arn:<partition>:ec2:<region>::image/<name>',
  subnet: 'arn:<partition>:ec2:<region>:<account>:subnet/<name>',
  interface: 'arn:<partition>:ec2:<region>:<account>:network-interface/<name>',
  volume: 'arn:<partition>:ec2:<region>:<account>:volume/<name>',
  group: 'arn:<partition>:ec2:<region>:<account>:security-group/<name>',
  stack: 'arn:<partition>:cloudformation:<region>:<account>:stack/<name>',
} as const satisfies Readonly<Record<string, AskedOf>>;

const START_INSTANCE = (['instance', 'image', 'subnet', 'interface', 'volume', 'group'] as const).flatMap((kind) =>
  of(ANY[kind], 'ec2:RunInstances'),
);

/** Roles that somebody passes to a service, which then acts as them on his behalf. */
export const OF_PASSED_ROLES: readonly Technique[] = [
  {
    id: 'lambda-create-and-invoke',
    title: 'Makes a function with the role and invokes it',
    reference: `${API.lambda}CreateFunction.html`,
    controls: ROLE,
    service: 'lambda.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.function, 'lambda:CreateFunction', 'lambda:InvokeFunction')],
  },
  {
    id: 'lambda-create-with-event-source',
    title: 'Makes a function with the role and an event source that starts it',
    reference: `${API.lambda}CreateEventSourceMapping.html`,
    controls: ROLE,
    service: 'lambda.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of(ANY.function, 'lambda:CreateFunction'),
      ...of('*', 'lambda:CreateEventSourceMapping'),
    ],
  },
  {
    id: 'lambda-create-with-url',
    title: 'Makes a function with the role and a URL that anybody can call',
    reference: `${API.lambda}CreateFunctionUrlConfig.html`,
    controls: ROLE,
    service: 'lambda.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of(ANY.function, 'lambda:CreateFunction', 'lambda:CreateFunctionUrlConfig', 'lambda:AddPermission'),
    ],
  },
  {
    id: 'lambda-give-role-to-function',
    title: 'Gives the role to a function whose code it replaces',
    reference: `${API.lambda}UpdateFunctionConfiguration.html`,
    controls: ROLE,
    service: 'lambda.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of('existing aws_lambda_function', 'lambda:UpdateFunctionConfiguration', 'lambda:UpdateFunctionCode'),
    ],
  },
  {
    id: 'states-create-and-start',
    title: 'Makes a state machine with the role and starts it',
    reference: `${API.states}CreateStateMachine.html`,
    controls: ROLE,
    service: 'states.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.machine, 'states:CreateStateMachine', 'states:StartExecution')],
  },
  {
    id: 'states-give-role-to-machine',
    title: 'Gives the role to a state machine that it rewrites',
    reference: `${API.states}UpdateStateMachine.html`,
    controls: ROLE,
    service: 'states.amazonaws.com',
    needs: [...PASS_TARGET, ...of('existing aws_state_machine', 'states:UpdateStateMachine', 'states:StartExecution')],
  },
  {
    id: 'agentcore-create-runtime',
    title: 'Makes an agent runtime with the role and invokes it',
    reference: `${API.agentcore}CreateAgentRuntime.html`,
    controls: ROLE,
    service: 'bedrock-agentcore.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of('*', 'bedrock-agentcore:CreateAgentRuntime'),
      ...of(ANY.runtime, 'bedrock-agentcore:InvokeAgentRuntime'),
    ],
  },
  {
    id: 'agentcore-create-code-interpreter',
    title: 'Makes a code interpreter with the role and runs code in it',
    reference: `${API.agentcore}CreateCodeInterpreter.html`,
    controls: ROLE,
    service: 'bedrock-agentcore.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of('*', 'bedrock-agentcore:CreateCodeInterpreter'),
      ...of(
        ANY.interpreter,
        'bedrock-agentcore:StartCodeInterpreterSession',
        'bedrock-agentcore:InvokeCodeInterpreter',
      ),
    ],
  },
  {
    id: 'ecs-register-and-run',
    title: 'Registers a task definition with the role and runs it',
    reference: `${API.ecs}RegisterTaskDefinition.html`,
    controls: ROLE,
    service: 'ecs-tasks.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.definition, 'ecs:RegisterTaskDefinition', 'ecs:RunTask')],
  },
  {
    id: 'ecs-register-and-update-service',
    title: 'Registers a task definition with the role and has a service run it',
    reference: `${API.ecs}UpdateService.html`,
    controls: ROLE,
    service: 'ecs-tasks.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of(ANY.definition, 'ecs:RegisterTaskDefinition'),
      ...of('existing aws_ecs_service', 'ecs:UpdateService'),
    ],
  },
  {
    id: 'events-put-targets',
    title: 'Makes a rule that starts its targets with the role',
    reference: `${API.events}PutTargets.html`,
    controls: ROLE,
    service: 'events.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.rule, 'events:PutRule', 'events:PutTargets')],
  },
  {
    id: 'scheduler-create-schedule',
    title: 'Makes a schedule that calls any API with the role',
    reference: `${API.scheduler}CreateSchedule.html`,
    controls: ROLE,
    service: 'scheduler.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.schedule, 'scheduler:CreateSchedule')],
  },
  {
    id: 'pipes-create-pipe',
    title: 'Makes a pipe that reads and writes with the role',
    reference: `${API.pipes}CreatePipe.html`,
    controls: ROLE,
    service: 'pipes.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.pipe, 'pipes:CreatePipe')],
  },
  {
    id: 'codebuild-create-and-start',
    title: 'Makes a build project with the role and starts it',
    reference: `${API.codebuild}CreateProject.html`,
    controls: ROLE,
    service: 'codebuild.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.project, 'codebuild:CreateProject', 'codebuild:StartBuild')],
  },
  {
    id: 'glue-create-and-start-job',
    title: 'Makes a Glue job with the role and starts it',
    reference: GLUE_JOBS,
    controls: ROLE,
    service: 'glue.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.job, 'glue:CreateJob', 'glue:StartJobRun')],
  },
  {
    id: 'sagemaker-create-notebook',
    title: 'Makes a notebook with the role and opens it',
    reference: `${API.sagemaker}CreateNotebookInstance.html`,
    controls: ROLE,
    service: 'sagemaker.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of(ANY.notebook, 'sagemaker:CreateNotebookInstance', 'sagemaker:CreatePresignedNotebookInstanceUrl'),
    ],
  },
  {
    id: 'sagemaker-create-processing-job',
    title: 'Runs a container of its own as a processing job with the role',
    reference: `${API.sagemaker}CreateProcessingJob.html`,
    controls: ROLE,
    service: 'sagemaker.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.processing, 'sagemaker:CreateProcessingJob')],
  },
  {
    id: 'ec2-run-instances',
    title: "Starts an instance with the role's instance profile",
    reference: `${API.ec2}RunInstances.html`,
    controls: ROLE,
    service: 'ec2.amazonaws.com',
    instance_profile: true,
    needs: [...PASS_TARGET, ...START_INSTANCE],
  },
  {
    id: 'ec2-run-instances-with-new-profile',
    title: 'Puts the role into an instance profile and starts an instance with it',
    reference: `${API.iam}AddRoleToInstanceProfile.html`,
    controls: ROLE,
    service: 'ec2.amazonaws.com',
    needs: [
      ...PASS_TARGET,
      ...of(ANY.profile, 'iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile'),
      ...START_INSTANCE,
    ],
  },
  {
    id: 'cloudformation-create-stack',
    title: 'Makes a stack that CloudFormation builds with the role',
    reference: `${API.cloudformation}CreateStack.html`,
    controls: ROLE,
    service: 'cloudformation.amazonaws.com',
    needs: [...PASS_TARGET, ...of(ANY.stack, 'cloudformation:CreateStack')],
  },
];
