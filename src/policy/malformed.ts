import { AppError } from '../kernel/failures.ts';

/** A document that is no policy AWS would have stored: names the place, what is wrong there and what to do. It permits nothing. */
export class PolicyError extends AppError {
  /** Where in the document, as a path: `Statement[2].Condition.StringEqualz`. */
  readonly place: string;

  constructor(place: string, problem: string, remedy: string) {
    super('malformed_policy', `${place}: ${problem}. ${remedy}`, { details: { place, problem, remedy } });
    this.place = place;
  }
}
