import type { ErrorCode } from '../kernel/failures.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Observation } from '../observations/observation.ts';

export const CONNECTOR_KINDS = ['aws', 'entra', 'servicenow', 'foundry', 'push'] as const;
export type ConnectorKind = (typeof CONNECTOR_KINDS)[number];

/** One collector in one region: the unit of coverage. */
export interface CollectorTask {
  readonly collector: string;
  readonly region: string;
}

/** How far a task got. Only `complete` may remove what the task had claimed before; `skipped` has a stated reason. */
export interface CoverageRow extends CollectorTask {
  readonly status: 'complete' | 'skipped' | 'denied' | 'failed';
  readonly code?: ErrorCode;
  readonly reason?: string;
}

/** What a cell is to look at, and under which terms. */
export interface CellTarget {
  readonly category: string;
  readonly account_id: AccountId;
  readonly regions: readonly string[];
  /** Issued by the hub for the tenant; sent with every AssumeRole. */
  readonly external_id: string;
  /** Names the session in the source's own audit log: tells a run from another. */
  readonly session_name: string;
}

/** A source that let us in. */
export interface OpenSource {
  /** Runs one task, from a checkpoint's cursor if there is one; refusals and failures come as gaps and in the returned row, never as exceptions. A bug throws. */
  readonly run: (task: CollectorTask, cursor?: string) => AsyncGenerator<Observation, CoverageRow, undefined>;
  /** Calls made to the source so far, retries included. */
  readonly calls: () => number;
  readonly close: () => void;
}

/** How to look at one kind of source system. */
export interface Connector {
  readonly kind: ConnectorKind;
  /** Every category that scopes may name. */
  readonly categories: readonly string[];
  /** The category that finds the accounts, planned before all others. */
  readonly discovery_category: string;
  /** The category that finds the regions of an account, planned before what is asked in them. */
  readonly regions_category: string;
  /** Where an account is looked at that never told which regions are enabled in it: those that are so in every account. */
  readonly default_regions: readonly string[];
  /** The tasks of a category in a fixed order: resuming depends on it. */
  readonly tasks: (category: string, regions: readonly string[]) => Promise<readonly CollectorTask[]>;
  /** Those of them that are looked at in an account: configuration may leave one to another account. What the others claimed is retired. */
  readonly tasksIn: (
    account_id: AccountId,
    category: string,
    regions: readonly string[],
  ) => Promise<readonly CollectorTask[]>;
  /** Throws AppError (`assume_role_denied`, `organization_access_denied`, ...) when the source does not let us in. */
  readonly open: (target: CellTarget) => Promise<OpenSource>;
}
