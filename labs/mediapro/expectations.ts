import { decoys, resourceDecoys } from './decoys.ts';
import { BRIDGES, DATA, WORKLOADS } from './names.ts';
import { arnsOf, type Placement } from './placement.ts';

/** The label of the table of personal data in ServiceNow. */
const HR_TABLE = 'HR Profile';

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

/** The ends of a path, by their names. */
export interface ExpectedEnds {
  readonly workload: string;
  readonly resource: string;
}

/** What a scan of the estate must find, and what it must not. */
export interface Expectations {
  /** The path that the lab is about. */
  readonly story: ExpectedPath;
  /** All paths to personal data in AWS, `story` among them; there are no others. */
  readonly paths: readonly ExpectedPath[];
  /** The ends of all paths that begin at a workload of the estate, wherever they lead; there are no others. */
  readonly ends: readonly ExpectedEnds[];
  /** Those that come on top where `lambda-secret-stored-entra-sp` is switched on. */
  readonly ends_by_secret: readonly ExpectedEnds[];
  /** The chain that crosses from Bedrock by Lambda and Entra to ServiceNow then, by the names of its ends. */
  readonly bridged: readonly string[];
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
    ends: [
      { workload: WORKLOADS.tagger, resource: DATA.customers },
      { workload: DATA.profileApi, resource: DATA.customers },
      // A secret is sensitive by being one.
      { workload: BRIDGES.mcpBridge, resource: BRIDGES.mcpBridgeSecret },
      { workload: BRIDGES.supportRouter, resource: BRIDGES.mcpBridgeSecret },
      { workload: BRIDGES.mcpTools, resource: 'Contract' },
      { workload: 'servicenow-openai-client', resource: 'gpt-nano-for-summary' },
      { workload: 'Nightly ticket summaries', resource: 'gpt-nano-for-summary' },
    ],
    ends_by_secret: [
      { workload: BRIDGES.mcpBridge, resource: HR_TABLE },
      { workload: BRIDGES.supportRouter, resource: HR_TABLE },
    ],
    bridged: [
      BRIDGES.supportRouter,
      BRIDGES.mcpBridge,
      // A service principal, and its application: it is the client in ServiceNow.
      'sp-mp-mcp-bridge',
      'sp-mp-mcp-bridge',
      'MCP bridge',
      'svc-mcp-bridge',
      HR_TABLE,
    ],
    forbidden: [
      ...decoys(placement).map(({ id, why, role }) => ({ decoy: id, why, at: arns.role('data', role) })),
      ...resourceDecoys(placement).map(({ id, why, resource }) => ({ decoy: id, why, at: resource })),
      { decoy: 'partner-exports', why: 'Only a decoy leads to it.', at: arns.table(DATA.partnerExports) },
    ],
  };
}
