import type { CorrelationSettings } from '../../src/correlations/settings.ts';
import { noSettings } from '../../src/correlations/settings.ts';
import type { Computed, StitchInput } from '../../src/stitch/computation.ts';
import { type ComputationOptions, stitchComputation } from '../../src/stitch/compute.ts';
import type { FoundPath } from '../../src/stitch/stitched-path.ts';
import { TENANT } from '../graph/estate.ts';

/** The options of a computation for a tenant that decided nothing. */
export const UNDECIDED: { readonly settings: CorrelationSettings } = { settings: noSettings(TENANT) };

/** A computation of some documents, with the paths that it found, ordered by id. */
export function computedOf(
  inputs: readonly StitchInput[],
  options: ComputationOptions = UNDECIDED,
): Computed & { readonly paths: readonly (FoundPath & { readonly content_hash: string })[] } {
  const computation = stitchComputation(TENANT, options);
  computation.add(inputs);
  const computed = computation.finish();
  const asked = [...computed.hashes.path.keys()].sort().map((id) => ({ kind: 'path' as const, id }));
  const paths = computation.differences(asked).flatMap((one) => (one.kind === 'path' && one.after ? [one.after] : []));
  return { ...computed, paths };
}
