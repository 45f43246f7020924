import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ConnectionCheck } from '../../src/control/connection-check.ts';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import type { CheckRequest } from '../check-request.ts';
import { ConnectionCheckAnswer } from './answers/checks.ts';
import { invoke } from './invoke.ts';

/** Instances behind which there is something that can be called. */
export type CheckedInstance = Exclude<ConnectorInstance, { readonly connector_kind: 'push' }>;

/** The functions that try connections, each in a role that the API does not have. */
export interface CheckFunctions {
  readonly aws: string;
  readonly sources: string;
}

/**
 * Lets the function that may do so try a connection, and waits for it. Throws AppError `timeout` where it does not end, and
 * an Error where it fails: why is in its own log.
 */
export const checkFunctions =
  (client: LambdaClient, functions: CheckFunctions) =>
  async (instance: CheckedInstance, request_id: string): Promise<ConnectionCheck> => {
    const { tenant_id, workspace_id, _id: instance_id } = instance;
    const payload: CheckRequest = { tenant_id, workspace_id, instance_id, request_id };
    const function_name = instance.connector_kind === 'aws' ? functions.aws : functions.sources;
    return ConnectionCheckAnswer.parse(await invoke(client, { function_name, payload, request_id, what: 'the check' }));
  };
