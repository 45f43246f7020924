import * as z from 'zod';
import type { Graph } from '../../src/graph/graph.ts';
import { accountArn } from '../../src/kernel/arn.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import type { EntityType } from '../../src/observations/entity-types.ts';
import {
  anAttachedPolicy,
  anEdge,
  anEntity,
  aRole,
  edgesOnly,
  graphOf,
  type Part,
  policy,
  roleArn,
  stored,
  trusting,
  WORKLOADS,
} from './estate.ts';

const statement = z.strictObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.array(z.string()),
  Resource: z.string(),
  Condition: z.record(z.string(), z.record(z.string(), z.string())).exactOptional(),
});

/** A file of `test/cases/techniques`: who asks for what, and whether the technique works. */
export const techniqueCase = z.strictObject({
  technique: z.string(),
  /** Who has the statements: a role or a user. */
  caller: z.string(),
  /** What the technique controls. */
  controls: z.string(),
  cases: z.array(
    z.strictObject({
      title: z.string(),
      statements: z.array(statement),
      /** The service that the role trusts, where it is not the one that the technique passes it to. */
      trusted: z.string().exactOptional(),
      /** The role is in no instance profile. */
      no_instance_profile: z.literal(true).exactOptional(),
      /** The verdict; null: it does not work. */
      expected: z.enum(['allowed', 'conditional']).nullable(),
    }),
  ),
});

export type TechniqueFile = z.infer<typeof techniqueCase>;
type TechniqueCase = TechniqueFile['cases'][number];

const POWERFUL = roleArn(WORKLOADS, 'powerful');
const PROFILE = `arn:aws:iam::${WORKLOADS}:instance-profile/powerful`;
const CALLERS = `arn:aws:iam::${WORKLOADS}:group/callers`;

/** Everything that a technique could control, one of each, running as `powerful`, and the caller with the statements of a case. */
export function techniqueEstate(file: TechniqueFile, one: TechniqueCase): Graph {
  const services = one.trusted ?? SERVICES;
  return graphOf(
    aRole({ name: 'powerful', trust: trusting({ Service: services }) }),
    ...WORKLOADS_OF_ALL_KINDS.map(([type, arn]) => entityOnly(type, arn, {})),
    edgesOnly(...WORKLOADS_OF_ALL_KINDS.map(([, arn]) => anEdge('RUNS_AS', arn, POWERFUL))),
    aUser('powerful', []),
    entityOnly('aws_account', accountArn(WORKLOADS), { account_id: WORKLOADS }),
    entityOnly('aws_iam_instance_profile', PROFILE, {}),
    edgesOnly(...(one.no_instance_profile ? [] : [anEdge('AUTHENTICATES_AS', PROFILE, POWERFUL)])),
    ...callerOf(file.caller, one.statements),
  );
}

const SERVICES: Json = [
  'lambda.amazonaws.com',
  'states.amazonaws.com',
  'bedrock.amazonaws.com',
  'bedrock-agentcore.amazonaws.com',
  'ecs-tasks.amazonaws.com',
  'events.amazonaws.com',
  'scheduler.amazonaws.com',
  'pipes.amazonaws.com',
  'codebuild.amazonaws.com',
  'glue.amazonaws.com',
  'sagemaker.amazonaws.com',
  'ec2.amazonaws.com',
  'cloudformation.amazonaws.com',
];

const inRegion = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:${WORKLOADS}:${resource}`;

const WORKLOADS_OF_ALL_KINDS: readonly (readonly [EntityType, string])[] = [
  ['aws_lambda_function', inRegion('lambda', 'function:billing')],
  ['aws_state_machine', inRegion('states', 'stateMachine:billing')],
  ['aws_bedrock_agent', inRegion('bedrock', 'agent/BILLING001')],
  ['aws_agentcore_runtime', inRegion('bedrock-agentcore', 'runtime/billing-a1b2')],
  ['aws_ecs_task_definition', inRegion('ecs', 'task-definition/billing:7')],
  ['aws_ecs_service', inRegion('ecs', 'service/main/billing')],
];

const entityOnly = (type: EntityType, arn: string, properties: Readonly<Record<string, Json>>): Part => ({
  entities: [anEntity(type, arn, { arn, tags: [], ...properties })],
  edges: [],
  policy_documents: [],
});

function aUser(name: string, statements: readonly Json[]): Part {
  const document = policy(...statements);
  const arn = `arn:aws:iam::${WORKLOADS}:user/${name}`;
  const inline_policies = statements.length > 0 ? [{ name: 'own', policy_hash: hashOf(document) }] : [];
  const user = entityOnly('aws_iam_user', arn, { name, inline_policies, permissions_boundary: null });
  return { ...user, policy_documents: stored(document) };
}

/** A user is in a group; a role has its statements in a managed policy. */
function callerOf(arn: string, statements: readonly Json[]): readonly Part[] {
  if (arn.includes(':user/')) {
    const group = entityOnly('aws_iam_group', CALLERS, { inline_policies: [] });
    return [aUser('caller', statements), group, edgesOnly(anEdge('MEMBER_OF', arn, CALLERS))];
  }
  const managed = `arn:aws:iam::${WORKLOADS}:policy/callers`;
  return [aRole({ name: 'caller' }), anAttachedPolicy(arn, managed, policy(...statements))];
}
