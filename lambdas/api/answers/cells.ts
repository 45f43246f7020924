import * as z from 'zod';
import type { CoverageRow } from '../../../src/connectors/connector.ts';
import type { ChangeCounts } from '../../../src/inventory/counts.ts';
import { ERROR_CODES } from '../../../src/kernel/failures.ts';
import { CELL_STATUSES, type Cell, type CellCursor, type CellError, type Flaw } from '../../../src/runs/cell.ts';
import { exactly, Time } from './exactly.ts';

const Code = z.enum(ERROR_CODES);
const Count = z.int().min(0);

/** Documents that a cell or a run claimed. */
export const COUNTS = {
  added: Count.describe('Claimed now, and not before'),
  changed: Count.describe('Claimed before and now, and what is said about it differs'),
  removed: Count.describe('Claimed by nobody any more'),
  unchanged: Count,
};

const Counts = exactly<ChangeCounts>()(z.strictObject(COUNTS));

const Coverage = exactly<CoverageRow>()(
  z.strictObject({
    collector: z.string(),
    region: z.string(),
    status: z.enum(['complete', 'skipped', 'denied', 'failed']),
    code: Code.exactOptional(),
    reason: z.string().exactOptional(),
  }),
);

export const ErrorOfCell = exactly<CellError>()(
  z.strictObject({
    code: Code,
    collector: z.string().exactOptional(),
    region: z.string().exactOptional(),
    action: z.string().exactOptional(),
    item: z.string().exactOptional(),
    message: z.string(),
    remedy: z.string(),
    responsible: z.string().describe('Who can mend it'),
    count: z.int().min(1).describe('How often it happened; only the first items are kept'),
  }),
);

const FlawOfTask = exactly<Flaw>()(
  z.strictObject({ status: z.enum(['denied', 'failed']), code: Code.exactOptional() }),
);

const Cursor = exactly<CellCursor>()(
  z.strictObject({ task: Count, token: z.string().exactOptional(), flaw: FlawOfTask.exactOptional() }),
);

/** One account x one category of a run. */
export const CellAnswer = exactly<Cell>()(
  z.strictObject({
    _id: z.string(),
    tenant_id: z.string(),
    workspace_id: z.string(),
    run_id: z.string(),
    run_seq: z.int(),
    instance_id: z.string(),
    key: z.string().describe('`<category>:<account_id>`'),
    category: z.string(),
    account_id: z.string(),
    regions: z.array(z.string()),
    lane: Count,
    status: z.enum(CELL_STATUSES),
    attempt: Count.describe('Times a worker took up this part'),
    part: Count,
    cursor: Cursor.exactOptional().describe('Where the next part begins'),
    send_no: Count,
    sent_at: Time.exactOptional(),
    owner: z.string().exactOptional(),
    lease_until: Time.exactOptional().describe('Until when the owner may be believed alive'),
    coverage: z.array(Coverage),
    counts: Counts,
    wrote: z.boolean().describe('Whether it changed any document of the inventory'),
    observed: Count,
    errors: z.array(ErrorOfCell),
    api_calls: Count,
    under_way: z
      .strictObject({ api_calls: Count, observed: Count })
      .exactOptional()
      .describe('What the part under way has come to, as of the last beat of its lease'),
    worked: z
      .strictObject({ seconds: z.number().min(0), gb_seconds: z.number().min(0) })
      .exactOptional()
      .describe('What the workers of its ended parts took'),
    release: z
      .strictObject({
        requested_by: z.string(),
        requested_at: Time,
        done_at: Time.exactOptional(),
        removed: Count.exactOptional(),
      })
      .exactOptional()
      .describe('A word that a held removal is right, and what came of it'),
    started_at: Time.exactOptional(),
    finished_at: Time.exactOptional(),
  }),
).meta({ id: 'Cell' });
