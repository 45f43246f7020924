import type { EntityType } from '../observations/entity-types.ts';

/**
 * What an action is asked of: the thing that is controlled, the same once it trusts the caller, every role that this runs as, the caller itself, a group or a policy
 * of the caller, anything of a type that exists in the account (`existing ...`), or something that the caller may name as it
 * likes, by the form of its ARN. All actions of one technique that share a form or a type are asked of one and the same thing.
 */
export type AskedOf =
  | 'target'
  | 'trusting_target'
  | 'roles_of_target'
  | `self ${'aws_iam_role' | 'aws_iam_user'}`
  | 'group_of_self'
  | 'policy_of_self'
  | `existing ${EntityType}`
  | `arn:${string}`
  | '*';

/** One action that a technique needs. */
export interface NeededAction {
  readonly action: string;
  readonly of: AskedOf;
}

/**
 * A way to command something that one was not given. Whoever may do everything that it needs gains the identity of what it
 * controls: of a workload, by running code of its own in it or by starting it; of a role, by having a service use it; of a
 * user, by its credentials; or, where it controls the account, everything.
 */
export interface Technique {
  readonly id: string;
  readonly title: string;
  /** AWS's page on the action that gives it away. */
  readonly reference: string;
  readonly controls: readonly EntityType[];
  readonly needs: readonly NeededAction[];
  /** To whom a role is passed: `iam:PassedToService`. Where it controls the role, the role has to trust this service. */
  readonly service?: string;
  /** The role has to be in an instance profile already. */
  readonly instance_profile?: true;
}

/** Where AWS documents its APIs. */
export const API = {
  lambda: 'https://docs.aws.amazon.com/lambda/latest/api/API_',
  states: 'https://docs.aws.amazon.com/step-functions/latest/apireference/API_',
  bedrock: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_',
  agentcore: 'https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_',
  ecs: 'https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_',
  events: 'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_',
  scheduler: 'https://docs.aws.amazon.com/scheduler/latest/APIReference/API_',
  pipes: 'https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_',
  codebuild: 'https://docs.aws.amazon.com/codebuild/latest/APIReference/API_',
  sagemaker: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_',
  ec2: 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_',
  cloudformation: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_',
  iam: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_',
} as const;

/** Actions of a technique that are asked of the same. */
export const of = (target: AskedOf, ...actions: readonly string[]): readonly NeededAction[] =>
  actions.map((action) => ({ action, of: target }));
