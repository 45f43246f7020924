import * as z from 'zod';
import { CONNECTOR_KINDS } from '../../../src/connectors/connector.ts';
import { type ConnectorInstance, INSTANCE_STATUSES } from '../../../src/control/connector-instance.ts';
import {
  AwsInstanceConfig,
  EntraInstanceConfig,
  FoundryInstanceConfig,
  PushInstanceConfig,
  ServiceNowInstanceConfig,
} from '../../../src/control/instance-config.ts';
import { ConnectionCheckAnswer } from './checks.ts';
import { exactly, Time } from './exactly.ts';

/** What callers are not shown of an instance: how it was asked for, and how its end is gone about. */
type Inner = 'request_hash' | 'retirements_failed';
type Shown<Instance> = Instance extends unknown ? Omit<Instance, Inner> : never;

/** An instance as callers see it. */
export type ShownInstance = Shown<ConnectorInstance>;

/** An instance without what is ours alone. */
export function shownInstance(instance: ConnectorInstance): ShownInstance {
  const { request_hash: _hash, retirements_failed: _failed, ...rest } = instance;
  return rest;
}

const OF_ANY_KIND = {
  _id: z.string(),
  tenant_id: z.string(),
  workspace_id: z.string(),
  display_name: z.string(),
  status: z.enum(INSTANCE_STATUSES),
  source_system_ids: z.array(z.string()).describe('What a push instance may speak for; empty for the others'),
  discovered_capabilities: z.strictObject({
    service_categories_available: z.array(z.string()).describe('What scopes may name'),
  }),
  last_check: ConnectionCheckAnswer.exactOptional().describe('How the connection was when it was last tried'),
  created_at: Time,
  created_by: z.string(),
  updated_at: Time.exactOptional(),
  deleted_at: Time.exactOptional(),
  deleted_by: z.string().exactOptional(),
  ending_since: Time.exactOptional().describe('Since when what it claimed is being retired'),
  ended_at: Time.exactOptional().describe('When that was done'),
  last_seq: z.int().min(0).describe('The number of its latest run'),
  version: z.int().min(1).describe('Counts its changes'),
};
const CREDENTIALS = {
  credentials_ref: z.string().describe('The name of a secret in Secrets Manager, below `throughline/<tenant_id>/`'),
};

/** A configured source system. */
export const InstanceAnswer = exactly<ShownInstance>()(
  z.discriminatedUnion('connector_kind', [
    z.strictObject({
      ...OF_ANY_KIND,
      connector_kind: z.literal('aws'),
      config: AwsInstanceConfig,
      external_id: z.string().describe('What every spoke role must ask for; issued by the hub'),
    }),
    z.strictObject({
      ...OF_ANY_KIND,
      connector_kind: z.literal('entra'),
      config: EntraInstanceConfig,
      ...CREDENTIALS,
    }),
    z.strictObject({
      ...OF_ANY_KIND,
      connector_kind: z.literal('servicenow'),
      config: ServiceNowInstanceConfig,
      ...CREDENTIALS,
    }),
    z.strictObject({
      ...OF_ANY_KIND,
      connector_kind: z.literal('foundry'),
      config: FoundryInstanceConfig,
      ...CREDENTIALS,
    }),
    z.strictObject({ ...OF_ANY_KIND, connector_kind: z.literal('push'), config: PushInstanceConfig }),
  ]),
).meta({ id: 'ConnectorInstance' });

/** What a list of instances may be narrowed to. */
export const InstanceFilters = {
  kind: z.enum(CONNECTOR_KINDS).exactOptional(),
  status: z.enum(INSTANCE_STATUSES).exactOptional().describe('Without it, all but the deleted ones'),
};
