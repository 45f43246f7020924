import { decoys, resourceDecoys } from './decoys.ts';
import { DATA } from './names.ts';
import { arnsOf, type Placement } from './placement.ts';

/** A path that a scan of the estate must find. */
export interface ExpectedPath {
  /** ARN of the function. */
  readonly workload: string;
  /** ARN of the sensitive resource. */
  readonly resource: string;
  /** ARNs from the workload to the resource, both included. */
  readonly through: readonly string[];
  readonly crosses_account_boundary: boolean;
}

/** What no path may show, under whatever conditions. */
export interface ForbiddenPath {
  readonly decoy: string;
  readonly why: string;
  /** ARN of a role that no path goes through, or of a resource that no path ends at. */
  readonly at: string;
}

/** What a scan of the estate must find, and what it must not. */
export interface Expectations {
  /** The path that the lab is about. */
  readonly story: ExpectedPath;
  /** All paths to sensitive resources, `story` among them; there are no others. */
  readonly paths: readonly ExpectedPath[];
  readonly forbidden: readonly ForbiddenPath[];
}

/** The expectations at a placement. */
export function expectations(placement: Placement): Expectations {
  const arns = arnsOf(placement);
  const customers = arns.table(DATA.customers);
  const story: ExpectedPath = {
    workload: arns.tagger,
    resource: customers,
    through: [arns.tagger, arns.taggerRole, arns.reader, customers],
    crosses_account_boundary: true,
  };
  const profileApi = arns.function('data', DATA.profileApi);
  const own: ExpectedPath = {
    workload: profileApi,
    resource: customers,
    through: [profileApi, arns.role('data', DATA.profileApiRole), customers],
    crosses_account_boundary: false,
  };
  return {
    story,
    paths: [story, own],
    forbidden: [
      ...decoys(placement).map(({ id, why, role }) => ({ decoy: id, why, at: arns.role('data', role) })),
      ...resourceDecoys(placement).map(({ id, why, resource }) => ({ decoy: id, why, at: resource })),
      { decoy: 'partner-exports', why: 'Only a decoy leads to it.', at: arns.table(DATA.partnerExports) },
    ],
  };
}
