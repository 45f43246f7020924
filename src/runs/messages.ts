import * as z from 'zod';

const Tenancy = { tenant_id: z.string().min(1), workspace_id: z.string().min(1) };

/** plan.fifo: look at this run and plan what can be planned. */
export const PlanMessage = z.strictObject({ ...Tenancy, run_id: z.string().min(1), send_no: z.int().min(0) });
export type PlanMessage = z.infer<typeof PlanMessage>;

/** cells.fifo: work on this part of this cell. A hint: the cell document says what is to be done. */
export const CellMessage = z.strictObject({
  ...Tenancy,
  run_id: z.string().min(1),
  cell_id: z.string().min(1),
  part: z.int().min(0),
  send_no: z.int().min(0),
});
export type CellMessage = z.infer<typeof CellMessage>;

/** stitch.fifo: something of this tenant changed; a later generation may make this one needless. */
export const StitchMessage = z.strictObject({ tenant_id: z.string().min(1), generation: z.int().min(1) });
export type StitchMessage = z.infer<typeof StitchMessage>;
