import { allCollectors } from './collectors.ts';
import type { AwsCollector } from './session.ts';

/** Every AWS collector: for what is derived from their declarations. Functions load the category that they are at. */
export const AWS_COLLECTORS: readonly AwsCollector[] = await allCollectors();

/** The IAM actions of the collectors that a filter lets through: sorted, each once. */
export const declaredActions = (wanted: (collector: AwsCollector) => boolean): readonly string[] =>
  [...new Set(AWS_COLLECTORS.filter(wanted).flatMap(({ actions }) => actions))].sort();
