import type { AgentActionGroup } from '@aws-sdk/client-bedrock-agent';
import { parseArn } from '../../../kernel/arn.ts';
import { MalformedAnswer } from '../aws-failure.ts';
import { answered } from '../reading.ts';

/** Who does what an action group offers. `none`: AWS itself, as a parent signature says. */
export type ActionGroupExecutor = 'lambda' | 'return_control' | 'none' | 'unknown';

/** What an action group lets an agent do, and by whom. Descriptions and schemas are content: not kept. */
export interface ActionGroup {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly enabled: boolean;
  readonly executor: ActionGroupExecutor;
  readonly lambda_arn: string | null;
  /** `AMAZON.UserInput`, `AMAZON.CodeInterpreter`, `ANTHROPIC.Computer`, ... */
  readonly parent_signature: string | null;
  readonly functions: readonly { readonly name: string; readonly requires_confirmation: boolean }[];
  /** Where its OpenAPI schema is, if it has one. */
  readonly api_schema: 'inline' | 's3' | null;
  readonly api_schema_bucket: string | null;
}

/** An action group of one version of an agent. Throws `MalformedAnswer` on a record that makes no sense. */
export function actionGroup(group: AgentActionGroup, version: string): ActionGroup {
  const lambda = group.actionGroupExecutor?.lambda;
  if (lambda !== undefined && !parseArn(lambda)) throw new MalformedAnswer('the executor is not the ARN of a function');
  return {
    id: answered(group.actionGroupId, 'actionGroupId'),
    name: answered(group.actionGroupName, 'actionGroupName'),
    version,
    enabled: answered(group.actionGroupState, 'actionGroupState') === 'ENABLED',
    executor: executorOf(group),
    lambda_arn: lambda ?? null,
    parent_signature: group.parentActionSignature ?? null,
    functions: (group.functionSchema?.functions ?? []).map(({ name, requireConfirmation }) => ({
      name: answered(name, 'name of a function'),
      requires_confirmation: requireConfirmation === 'ENABLED',
    })),
    api_schema: group.apiSchema?.s3 ? 's3' : group.apiSchema?.payload === undefined ? null : 'inline',
    api_schema_bucket: group.apiSchema?.s3?.s3BucketName ?? null,
  };
}

function executorOf({ actionGroupExecutor }: AgentActionGroup): ActionGroupExecutor {
  if (!actionGroupExecutor) return 'none';
  if (actionGroupExecutor.lambda !== undefined) return 'lambda';
  return actionGroupExecutor.customControl === 'RETURN_CONTROL' ? 'return_control' : 'unknown';
}
