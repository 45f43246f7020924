import { parseArn } from '../kernel/arn.ts';
import { type RequestContext, requestContext } from '../policy/index.ts';

/** A context in which more is known than in another. */
export function knowing({ known, absent }: RequestContext, more: Readonly<Record<string, string>>): RequestContext {
  return { known: new Map([...known, ...requestContext(more).known]), absent };
}

const inRegions = new WeakMap<RequestContext, Map<string, RequestContext>>();

/**
 * The context of a request for something in a region: it has to be sent there. The same object each time.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
 */
export function inRegion(context: RequestContext, region: string | undefined): RequestContext {
  if (!region) return context;
  const regions = inRegions.get(context) ?? new Map<string, RequestContext>();
  inRegions.set(context, regions);
  const made = regions.get(region) ?? knowing(context, { 'aws:RequestedRegion': region });
  regions.set(region, made);
  return made;
}

/** The region in an ARN. */
export const regionIn = (arn: string): string | undefined => parseArn(arn)?.region || undefined;
