import type { GraphEntity } from './documents.ts';

/** So many answers are kept: whoever asks what an identity can become asks what it can use as well. */
const KEPT = 1_000;

/** A function of entities that keeps the answers that it gave last. */
export function recently<T>(compute: (entity: GraphEntity) => T | undefined): (entity: GraphEntity) => T | undefined {
  const answers = new Map<string, T | undefined>();
  return (entity) => {
    const known = answers.get(entity._id);
    if (known) return known;
    if (answers.size >= KEPT) answers.clear();
    const answer = compute(entity);
    answers.set(entity._id, answer);
    return answer;
  };
}
