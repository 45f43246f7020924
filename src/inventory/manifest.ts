import type { CollectorTask } from '../connectors/connector.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { IdRange } from './stores.ts';

/** Ids that one task saw in one group of observations. What a task claimed earlier and no entry of its cell names is gone. */
export interface ManifestEntry extends CollectorTask {
  /** `<cell_id>#<part>#<n>` */
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly cell_id: string;
  readonly part: number;
  readonly entity_ids: readonly string[];
  readonly edge_ids: readonly string[];
}

/** Most observations that are applied, and ids that are noted, at once. */
export const GROUP = 1_000;

/** Most ids of a manifest that are held in memory at once. */
export const MOST_IDS = 100_000;

const WHOLE: IdRange = { from: '', to: 'g' };
const HEX = [...'0123456789abcdef'];

/** Tells the tasks of a cell apart. */
export const taskKey = ({ collector, region }: CollectorTask): string => `${collector}\u0000${region}`;

/** Ranges of ids (hex digests, so evenly spread) of which each holds at most about `MOST_IDS` of `total`, in order. */
export function idRanges(total: number, most = MOST_IDS): readonly IdRange[] {
  let prefixes = [''];
  while (total / prefixes.length > most && prefixes.length < 4_096) {
    prefixes = prefixes.flatMap((prefix) => HEX.map((digit) => prefix + digit));
  }
  return prefixes.length === 1 ? [WHOLE] : prefixes.map((prefix) => ({ from: prefix, to: `${prefix}g` }));
}
