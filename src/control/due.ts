import { type IsoTime, isoTime, later, MINUTE } from '../kernel/time.ts';
import type { ScanScope } from './scan-scope.ts';

/** A tick that dies between taking a due scope and starting its run has the scope due again after this long. */
const RETRY = 2 * MINUTE;

/** When a scope that has just been taken is due again, unless its run was started: see `settleDue` of the store. */
export const retryAt = (now: Date): IsoTime => isoTime(later(now, RETRY));

/** What is noted of a scope once that is done, or was not to be done, for which it was due. */
export type Settled = Pick<ScanScope, 'next_run_at' | 'last_skipped'> & { readonly period_began_at: IsoTime };
