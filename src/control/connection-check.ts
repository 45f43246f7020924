import type { CheckOutcome } from '../connectors/check.ts';
import type { IsoTime } from '../kernel/time.ts';

/** What trying the connection of an instance came to: the answer of `POST /connector-instances/{id}/check`. */
export interface ConnectionCheck extends CheckOutcome {
  readonly instance_id: string;
  readonly checked_at: IsoTime;
}
