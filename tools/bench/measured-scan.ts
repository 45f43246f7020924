import type { Db } from 'mongodb';
import { accountsProgress } from '../../bin/scan/accounts-progress.ts';
import type { PipelineDeps } from '../../bin/scan/pipeline.ts';
import { type Finished, runToEnd } from '../../bin/scan/run-to-end.ts';
import type { Wish } from '../../bin/scan/what-to-scan.ts';
import { screenOn } from '../../bin/terminal/screen.ts';
import { AWS_CATEGORIES } from '../../src/connectors/aws/categories.ts';
import { awsConnector } from '../../src/connectors/aws/connector.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';
import { RecordedCalls } from './recorded-calls.ts';
import type { ScanStage } from './scan-stage.ts';

/** What a second scan must not write to. */
const INVENTORY = ['entities', 'edges', 'policy_documents', 'stitched_paths'];

/** A scan of the estate, and what it asked for. */
export interface MeasuredScan {
  readonly finished: Finished;
  readonly calls: RecordedCalls;
  /** Documents written to the inventory. */
  readonly written: number;
}

/** What a scan may have otherwise. */
export interface ScanTerms extends Pick<PipelineDeps, 'part_size' | 'around_cells'> {
  /** Cells at once. @default 8 */
  readonly at_once?: number;
  /** None for all of the organization. @default those of the estate */
  readonly account_ids?: readonly AccountId[];
  /** None for those that are enabled in each account. @default the one of the estate */
  readonly regions?: readonly string[];
  /** @default all */
  readonly service_categories?: readonly string[];
  /** Stands around the connector. @default nothing does */
  readonly around_connector?: (connector: Connector) => Connector;
}

/** Scans as `npm run scan` does. The connector's clients take AWS's address from the environment of this process. */
export async function measuredScan(stage: ScanStage, db: Db, scan: ScanTerms = {}): Promise<MeasuredScan> {
  const { placement, id, management_account } = stage.organization;
  const { security, workloads, data } = placement.accounts;
  const aside = screenOn(process.stderr);
  const tenancy = { tenant_id: 'local', workspace_id: 'scan' };
  const calls = new RecordedCalls();
  const connector = awsConnector({
    region: placement.region,
    spoke_role_name: SPOKE_ROLE_NAME,
    organization_role_arn: stage.organization_role_arn,
    credentials: stage.caller,
    told: (target, call) => calls.add(target, call),
  });
  const wish: Wish = {
    tenancy,
    mode: 'organization',
    account_ids: scan.account_ids ?? [security, workloads, data],
    regions: scan.regions ?? [placement.region],
    service_categories: scan.service_categories ?? AWS_CATEGORIES,
    requested_by: 'bench:scan',
  };
  const organization = { id, management_account_id: management_account, tenant_id: tenancy.tenant_id };
  stage.proxy.resetWrites();
  const finished = await runToEnd(
    {
      db,
      terms: {
        hub_account_id: security,
        organization,
        categories: AWS_CATEGORIES,
        source_hosts: { servicenow: [], foundry: [] },
      },
      connector: scan.around_connector?.(connector) ?? connector,
      part_size: scan.part_size,
      around_cells: scan.around_cells,
      at_once: scan.at_once ?? 8,
      progress: accountsProgress(process.stderr, aside),
      aside,
      cancellable: () => undefined,
    },
    wish,
  );
  const writes = stage.proxy.writes();
  return { finished, calls, written: INVENTORY.reduce((sum, name) => sum + (writes[name] ?? 0), 0) };
}
