import * as z from 'zod';
import { AppError } from '../kernel/failures.ts';
import { type IsoTime, isoTime } from '../kernel/time.ts';
import type { Changed } from './change-scope.ts';
import { changedFields } from './changed-fields.ts';
import {
  type ConnectorInstance,
  CredentialsRef,
  checkReach,
  DisplayName,
  type HubTerms,
} from './connector-instance.ts';
import { outsideOf } from './coverage.ts';
import {
  AwsInstanceConfig,
  EntraInstanceConfig,
  FoundryInstanceConfig,
  PushInstanceConfig,
  ServiceNowInstanceConfig,
  SourceSystemIds,
} from './instance-config.ts';
import type { ScanScope } from './scan-scope.ts';

/** PATCH /api/v1/connector-instances/{id}: what is not named stays. Kind, external id and tenant are for good. */
export const ConnectorInstanceChange = z
  .strictObject({
    display_name: DisplayName.exactOptional(),
    status: z.enum(['active', 'disabled']).exactOptional(),
    config: z
      .record(z.string().max(100), z.unknown())
      .exactOptional()
      .describe('The whole config of its kind, as it would be given to a new instance'),
    credentials_ref: CredentialsRef.exactOptional(),
    source_system_ids: SourceSystemIds.exactOptional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must name at least one field to change');
export type ConnectorInstanceChange = z.infer<typeof ConnectorInstanceChange>;

export interface ChangeContext {
  readonly terms: HubTerms;
  /** The scopes of the instance that are not deleted. */
  readonly scopes: readonly ScanScope[];
  readonly now: Date;
}

/**
 * An instance after a change. Throws AppError `conflict` where it is deleted, or where scopes name accounts or regions that it
 * would no longer have; `body_invalid` where a field is none of its kind, wrong, or would reach what the hub does not allow.
 */
export function changeInstance(
  instance: ConnectorInstance,
  change: ConnectorInstanceChange,
  { terms, scopes, now }: ChangeContext,
): Changed<ConnectorInstance> {
  if (instance.status === 'deleted') {
    throw new AppError('conflict', `the connector instance ${instance._id} is deleted`);
  }
  const wanted = withChange(instance, change);
  checkReach(wanted, instance.tenant_id, terms);
  checkScopes(wanted, scopes);
  const fields = changedFields(instance, wanted);
  if (fields.length === 0) return { document: instance, fields };
  return { document: { ...wanted, updated_at: isoTime(now), version: instance.version + 1 }, fields };
}

function withChange(instance: ConnectorInstance, change: ConnectorInstanceChange): ConnectorInstance {
  const named = {
    ...(change.display_name !== undefined && { display_name: change.display_name }),
    ...(change.status !== undefined && { status: change.status }),
  };
  const { config, credentials_ref, source_system_ids } = change;
  if (instance.connector_kind !== 'push' && source_system_ids) throw notOfKind('source_system_ids', instance);
  const credentials = credentials_ref !== undefined && { credentials_ref };
  switch (instance.connector_kind) {
    case 'aws':
      if (credentials) throw notOfKind('credentials_ref', instance);
      return { ...instance, ...named, ...(config && { config: configOf(AwsInstanceConfig, config) }) };
    case 'entra':
      return {
        ...instance,
        ...named,
        ...credentials,
        ...(config && { config: configOf(EntraInstanceConfig, config) }),
      };
    case 'servicenow':
      return {
        ...instance,
        ...named,
        ...credentials,
        ...(config && { config: configOf(ServiceNowInstanceConfig, config) }),
      };
    case 'foundry':
      return {
        ...instance,
        ...named,
        ...credentials,
        ...(config && { config: configOf(FoundryInstanceConfig, config) }),
      };
    case 'push':
      if (credentials) throw notOfKind('credentials_ref', instance);
      return {
        ...instance,
        ...named,
        ...(config && { config: configOf(PushInstanceConfig, config) }),
        ...(source_system_ids && { source_system_ids }),
      };
  }
}

function configOf<T>(schema: z.ZodType<T>, config: unknown): T {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => {
    const field = ['config', ...issue.path].join('.');
    if (issue.code !== 'unrecognized_keys') return [{ field, message: issue.message }];
    return issue.keys.map((key) => ({ field: `${field}.${key}`, message: 'is not a field of this config' }));
  });
  const [first] = errors;
  throw new AppError('body_invalid', `${first?.field ?? 'config'}: ${first?.message ?? 'is not valid'}`, {
    details: { errors },
  });
}

const notOfKind = (field: string, { connector_kind }: ConnectorInstance): AppError =>
  new AppError('body_invalid', `${field}: is not a field of an instance of kind ${connector_kind}`, {
    details: { field },
  });

/** What scopes name must stay there: a scope that looks at nothing would be a scan that nobody misses. */
function checkScopes(wanted: ConnectorInstance, scopes: readonly ScanScope[]): void {
  const bereft = scopes.filter((scope) => {
    const { account_ids, regions } = outsideOf(scope, wanted);
    return account_ids.length + regions.length > 0;
  });
  if (bereft.length === 0) return;
  const ids = bereft.map(({ _id }) => _id);
  throw new AppError(
    'conflict',
    `config: scopes ${ids.join(', ')} name accounts or regions that the instance would no longer have; change those scopes first`,
    { details: { field: 'config', scopes: ids } },
  );
}

/** An instance that somebody deletes, its end to be seen to. Deleted already, it stays as it is. */
export function deletedInstance(instance: ConnectorInstance, by: string, now: Date): ConnectorInstance {
  if (instance.status === 'deleted') return instance;
  const at: IsoTime = isoTime(now);
  return {
    ...instance,
    status: 'deleted',
    updated_at: at,
    deleted_at: at,
    deleted_by: by,
    ending_since: at,
    version: instance.version + 1,
  };
}
