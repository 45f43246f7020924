import type { EntityType } from '../observations/entity-types.ts';
import { OF_PASSED_ROLES } from './passed-roles.ts';
import { API, of, type Technique } from './technique.ts';

const PASS_ITS_ROLES = of('roles_of_target', 'iam:PassRole');
const ROLE: readonly EntityType[] = ['aws_iam_role'];
const USER: readonly EntityType[] = ['aws_iam_user'];
const ACCOUNT: readonly EntityType[] = ['aws_account'];

/** Workloads whose code or start somebody else commands. */
const OF_WORKLOADS: readonly Technique[] = [
  {
    id: 'lambda-update-code',
    title: 'Replaces the code of a function',
    reference: `${API.lambda}UpdateFunctionCode.html`,
    controls: ['aws_lambda_function'],
    needs: of('target', 'lambda:UpdateFunctionCode'),
  },
  {
    id: 'lambda-update-configuration',
    title: 'Puts a layer or a wrapper into a function',
    reference: `${API.lambda}UpdateFunctionConfiguration.html`,
    controls: ['aws_lambda_function'],
    needs: of('target', 'lambda:UpdateFunctionConfiguration'),
  },
  {
    id: 'states-update-definition',
    title: 'Rewrites the definition of a state machine',
    reference: `${API.states}UpdateStateMachine.html`,
    controls: ['aws_state_machine'],
    needs: of('target', 'states:UpdateStateMachine'),
  },
  {
    id: 'states-start-execution',
    title: 'Starts a state machine with an input of its own',
    reference: `${API.states}StartExecution.html`,
    controls: ['aws_state_machine'],
    needs: of('target', 'states:StartExecution'),
  },
  {
    id: 'bedrock-update-agent',
    title: 'Rewrites the instructions of an agent',
    reference: `${API.bedrock}UpdateAgent.html`,
    controls: ['aws_bedrock_agent'],
    service: 'bedrock.amazonaws.com',
    needs: [...of('target', 'bedrock:UpdateAgent', 'bedrock:PrepareAgent'), ...PASS_ITS_ROLES],
  },
  {
    id: 'bedrock-add-action-group',
    title: 'Gives an agent a tool of its own',
    reference: `${API.bedrock}CreateAgentActionGroup.html`,
    controls: ['aws_bedrock_agent'],
    needs: of('target', 'bedrock:CreateAgentActionGroup', 'bedrock:PrepareAgent'),
  },
  {
    id: 'agentcore-update-runtime',
    title: 'Replaces the code of an agent runtime',
    reference: `${API.agentcore}UpdateAgentRuntime.html`,
    controls: ['aws_agentcore_runtime'],
    service: 'bedrock-agentcore.amazonaws.com',
    needs: [...of('target', 'bedrock-agentcore:UpdateAgentRuntime'), ...PASS_ITS_ROLES],
  },
  {
    id: 'ecs-run-task',
    title: 'Starts a task with a command of its own',
    reference: `${API.ecs}RunTask.html`,
    controls: ['aws_ecs_task_definition'],
    service: 'ecs-tasks.amazonaws.com',
    needs: [...of('target', 'ecs:RunTask'), ...PASS_ITS_ROLES],
  },
];

/** Credentials and trust of others. */
const OF_IAM: readonly Technique[] = [
  {
    id: 'iam-create-access-key',
    title: 'Makes an access key for a user',
    reference: `${API.iam}CreateAccessKey.html`,
    controls: USER,
    needs: of('target', 'iam:CreateAccessKey'),
  },
  {
    id: 'iam-create-login-profile',
    title: 'Gives a user a password',
    reference: `${API.iam}CreateLoginProfile.html`,
    controls: USER,
    needs: of('target', 'iam:CreateLoginProfile'),
  },
  {
    id: 'iam-update-login-profile',
    title: 'Changes the password of a user',
    reference: `${API.iam}UpdateLoginProfile.html`,
    controls: USER,
    needs: of('target', 'iam:UpdateLoginProfile'),
  },
  {
    id: 'iam-update-trust',
    title: 'Has a role trust it',
    reference: `${API.iam}UpdateAssumeRolePolicy.html`,
    controls: ROLE,
    needs: [...of('target', 'iam:UpdateAssumeRolePolicy'), ...of('trusting_target', 'sts:AssumeRole')],
  },
];

const OF_ONESELF = [
  ['iam-put-own-policy', 'Writes itself an inline policy', 'PutRolePolicy', 'self aws_iam_role'],
  ['iam-attach-own-policy', 'Attaches a managed policy to itself', 'AttachRolePolicy', 'self aws_iam_role'],
  ['iam-put-own-user-policy', 'Writes itself an inline policy', 'PutUserPolicy', 'self aws_iam_user'],
  ['iam-attach-own-user-policy', 'Attaches a managed policy to itself', 'AttachUserPolicy', 'self aws_iam_user'],
  ['iam-put-own-group-policy', 'Writes an inline policy for a group that it is in', 'PutGroupPolicy', 'group_of_self'],
  ['iam-attach-own-group-policy', 'Attaches a policy to a group that it is in', 'AttachGroupPolicy', 'group_of_self'],
  ['iam-create-own-policy-version', 'Rewrites a managed policy of its own', 'CreatePolicyVersion', 'policy_of_self'],
] as const;

/** Ways to command something that one was not given. The first that holds is the one that an edge shows. */
export const TECHNIQUES: readonly Technique[] = [
  ...OF_WORKLOADS,
  ...OF_IAM,
  ...OF_PASSED_ROLES,
  ...OF_ONESELF.map(([id, title, name, on]) => ({
    id,
    title,
    reference: `${API.iam}${name}.html`,
    controls: ACCOUNT,
    needs: of(on, `iam:${name}`),
  })),
];
