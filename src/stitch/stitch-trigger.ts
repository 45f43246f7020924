/** What asked for a stitch. */
export const TRIGGER_KINDS = [
  'run_finished',
  'removal_released',
  'cell_stopped',
  'settings_changed',
  'manual',
] as const;

/** Those of which `by` is a run. */
export const RUN_TRIGGERS: ReadonlySet<string> = new Set(['run_finished', 'removal_released', 'cell_stopped']);

/** Who or what asked for a stitch. */
export interface StitchTrigger {
  readonly kind: (typeof TRIGGER_KINDS)[number];
  /** The run, the version of the settings, or the subject of the token. */
  readonly by: string;
  /** Whose run it was. */
  readonly workspace_id?: string;
}

/** A request, by the generation that it raised the tenant to. */
export interface RaisedTrigger extends StitchTrigger {
  readonly generation: number;
}

/** Requests that are remembered by name until a stitch has followed them; of more, only the number is known. */
export const MOST_TRIGGERS = 200;

/** The remembered requests with one more. */
export const withTrigger = (
  known: readonly RaisedTrigger[] | undefined,
  trigger: StitchTrigger,
  generation: number,
): readonly RaisedTrigger[] => [...(known ?? []), { ...trigger, generation }].slice(0, MOST_TRIGGERS);
