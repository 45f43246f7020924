import type { Db } from 'mongodb';
import { auditEntry } from '../../src/control/audit.ts';
import { changeInstance } from '../../src/control/change-instance.ts';
import { type ConnectorInstance, type HubTerms, newConnectorInstance } from '../../src/control/connector-instance.ts';
import { coverageOf } from '../../src/control/coverage.ts';
import type { AwsInstanceConfig } from '../../src/control/instance-config.ts';
import { newScanScope, type ScanScope } from '../../src/control/scan-scope.ts';
import { type AccountId, derivedId, type Tenancy } from '../../src/kernel/ids.ts';
import { isoTime } from '../../src/kernel/time.ts';
import { type ScanRun, startRun } from '../../src/runs/run.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import type { ScanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';

/** What is to be looked at, and for whom. */
export interface Wish {
  readonly tenancy: Tenancy;
  readonly mode: AwsInstanceConfig['mode'];
  /** Of mode `accounts` all of them; of mode `organization` those that the scan is narrowed to, none for all. */
  readonly account_ids: readonly AccountId[];
  /** None for those that are enabled in each account. */
  readonly regions: readonly string[];
  readonly service_categories: readonly string[];
  /** Who asks: the caller's ARN. */
  readonly requested_by: string;
}

/** A connector instance and its scope, as somebody would have made them over the API. */
export interface Connection {
  readonly instance: ConnectorInstance;
  readonly scope: ScanScope;
}

/**
 * The instance and the scope of a wish: those that an earlier scan of the same left in the database, else new ones. Regions
 * are added to an instance and none is taken away, so that what an earlier scan saw in others is not retired.
 */
export async function connected(db: Db, terms: HubTerms, wish: Wish): Promise<Connection> {
  const instance = await instanceOf(db, terms, wish);
  return { instance, scope: await scopeOf(db, instance, wish) };
}

async function instanceOf(db: Db, terms: HubTerms, wish: Wish): Promise<ConnectorInstance> {
  const store = connectorInstanceStore(db);
  const { tenancy, requested_by: created_by } = wish;
  const id = derivedId('scan', ...whoseOf(tenancy), terms.hub_account_id, ...sourceOf(terms, wish));
  const known = await store.get(tenancy, id);
  const config = configOf(wish, known ? coverageOf(known).regions : []);
  if (known) {
    const { document, fields } = changeInstance(known, { config }, { terms, scopes: [], now: new Date() });
    if (fields.length > 0) await store.change(known, document, []);
    return document;
  }
  const now = isoTime(new Date());
  const body = { connector_kind: 'aws' as const, display_name: `npm run scan: ${wish.mode}`, config };
  const made = newConnectorInstance(body, { ...tenancy, id, now, created_by }, terms);
  await store.create(made, [
    auditEntry({
      ...tenancy,
      actor: created_by,
      action: 'connector_instance.created',
      target: id,
      at: now,
      request_id: id,
    }),
  ]);
  return made;
}

const whoseOf = ({ tenant_id, workspace_id }: Tenancy): readonly string[] => [tenant_id, workspace_id];

/** What tells one instance from another: which organization, or which accounts. */
const sourceOf = ({ organization }: HubTerms, { mode, account_ids }: Wish): readonly string[] =>
  mode === 'organization' ? [mode, organization?.id ?? ''] : [mode, ...account_ids.toSorted()];

/** `known` are the regions of the instance as it is, undefined where it has all that are enabled: then it keeps them. */
function configOf({ mode, account_ids, regions }: Wish, known: readonly string[] | undefined): AwsInstanceConfig {
  const named = known && regions.length > 0 && { regions: [...new Set([...known, ...regions])] };
  return mode === 'organization' ? { mode, ...named } : { mode, account_ids: [...account_ids], ...named };
}

async function scopeOf(db: Db, instance: ConnectorInstance, wish: Wish): Promise<ScanScope> {
  const store = scanScopeStore(db);
  const { tenancy, account_ids, regions, service_categories, requested_by: created_by } = wish;
  const lists = [account_ids, regions, service_categories].map((names) => names.toSorted().join());
  const id = derivedId('scope', instance._id, ...lists);
  const known = await store.get(tenancy, id);
  if (known) return known;
  const now = new Date();
  const body = {
    instance_id: instance._id,
    scope_keys: { account_ids: [...account_ids], regions: [...regions] },
    service_categories: [...service_categories],
    enabled: true,
  };
  const made = newScanScope(body, instance, { ...tenancy, id, now, created_by });
  await store.create(made, [
    auditEntry({
      ...tenancy,
      actor: created_by,
      action: 'scan_scope.created',
      target: id,
      at: isoTime(now),
      request_id: id,
    }),
  ]);
  return made;
}

/** Writes a run of a scope, which nobody works on yet. */
export async function begun(
  db: Db,
  runs: ScanRunStore,
  { instance, scope }: Connection,
  request: { readonly id: string; readonly requested_by: string },
): Promise<ScanRun> {
  const seq = await connectorInstanceStore(db).nextSeq(scope, instance._id);
  const run = startRun(scope, instance, {
    ...request,
    seq,
    trigger: 'manual',
    request_id: request.id,
    now: new Date(),
  });
  await runs.create(run);
  return run;
}
