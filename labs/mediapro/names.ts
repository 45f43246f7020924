/** The tenant that the estate belongs to. */
export const TENANT = 'enterprise-nimbus';

/** The workspace that the lab scans in. */
export const WORKSPACE = 'mediapro';

/** The organizational unit around the three accounts. */
export const ORGANIZATIONAL_UNIT = 'MediaPro';

/** The accounts, by what they are for. `security` is the hub's. */
export const ACCOUNT_NAMES = { security: 'mp-security', workloads: 'mp-workloads', data: 'mp-data' } as const;

/** The account at the top of the emulated organization. Nothing of the estate is in it, as nothing should be. */
export const EMULATED_MANAGEMENT_ACCOUNT = '100000000001';

/** Which of the three accounts. */
export type AccountKey = keyof typeof ACCOUNT_NAMES;

/** The tag by which a resource says that it holds personal data. */
export const PII_TAG = { key: 'data-classification', value: 'pii' } as const;

/** Everything in mp-workloads that anybody refers to. */
export const WORKLOADS = {
  tagger: 'mp-content-tagger',
  taggerRole: 'mp-content-tagger-role',
  /** Attached to the tagger's role: takes away what its own statements give. */
  quarantinePolicy: 'mp-no-quarantine',
  thumbnailer: 'mp-thumbnailer',
  thumbnailerRole: 'mp-thumbnailer-role',
  boundary: 'mp-workload-boundary',
  contentEvents: 'mp-content-events',
  deployRole: 'mp-github-deploy',
  crawlerRole: 'mp-glue-crawler',
  operators: 'mp-operators',
  operatorsPolicy: 'mp-operate',
  oncall: 'mp-oncall',
} as const;

/** Everything in mp-data that anybody refers to. */
export const DATA = {
  reader: 'mp-cross-account-data-reader',
  customers: 'mp-pii-customers',
  /** Personal data that only decoys lead to. */
  archive: 'mp-pii-archive',
  /** Personal data behind a role that asks for another external id than the tagger may send. */
  partnerExports: 'mp-pii-partner-exports',
  /** Reachable, but nothing says that it is sensitive. */
  catalog: 'mp-content-catalog',
  profileApi: 'mp-profile-api',
  profileApiRole: 'mp-profile-api-role',
  indexer: 'mp-catalog-indexer',
  indexerRole: 'mp-catalog-indexer-role',
  publisher: 'mp-catalog-publisher',
  steward: 'mp-data-steward',
  alerts: 'mp-data-alerts',
  analysts: 'mp-analysts',
  analyst: 'mp-analyst',
  catalogRead: 'mp-catalog-read',
} as const;

/** The issuer of GitHub's workflow tokens, and the one workflow that may deploy. */
export const GITHUB = {
  issuer: 'token.actions.githubusercontent.com',
  audience: 'sts.amazonaws.com',
  subject: 'repo:mediapro/content-pipeline:ref:refs/heads/main',
} as const;

/** An organization that is not this one. */
export const OTHER_ORGANIZATION = 'o-acquired000';

/** The workloads that reach other systems, and what lets them: everything in mp-workloads that a record of those systems names. */
export const BRIDGES = {
  /** An agent of Bedrock that answers support, and the function that its tools are. */
  supportRouter: 'mp-support-router',
  supportRouterRole: 'mp-support-router-role',
  /** The action group of the agent: its tools. */
  supportTools: 'hr-lookup',
  mcpBridge: 'mp-mcp-bridge',
  mcpBridgeRole: 'mp-mcp-bridge-role',
  /** Holds the credential of `sp-mp-mcp-bridge`. */
  mcpBridgeSecret: 'mp/sp-mp-mcp-bridge',
  /** Tagged like the other, and readable by nobody. */
  vendorSecret: 'mp/sp-vendor-sync',
  /** An MCP server that names its application in its environment. */
  mcpTools: 'mp-mcp-tools',
  mcpToolsRole: 'mp-mcp-tools-role',
  /** A function with a URL, which ServiceNow and Foundry call. */
  ticketIntake: 'mp-ticket-intake',
  ticketIntakeRole: 'mp-ticket-intake-role',
  /** Trusts the service principal `sp-mp-foundry-router`. */
  foundryRouterRole: 'mp-foundry-router-access',
} as const;

/** MediaPro's tenant of Entra. */
export const ENTRA = {
  tenant: '8c5d2f10-4b7e-4a96-b3d1-06e9f7a1c254',
  /** Client ids of applications. */
  apps: {
    mcpBridge: '5e0b7a43-91c2-4d68-8f35-b2a4d6c81e07',
    foundryRouter: 'a17f3c92-06d8-4e5b-9c41-7d2e8b50f3a6',
    mcpTools: 'c4d9e816-72ab-4f30-8e1d-5903b6f7a2d8',
    vendorSync: '19b6f0e4-d85c-4137-a2e9-4c7f3d0b8a51',
  },
  /** Object ids of service principals. */
  principals: {
    mcpBridge: '7f2a9d35-c810-46be-95d4-e13b0c6a8f72',
    foundryRouter: 'd03e6b81-5a4c-4972-b8f6-20c9e7d1a34f',
    mcpTools: '2b84c7f6-e391-4a0d-9d57-8f6c1e5b0a93',
  },
} as const;

/** MediaPro's instance of ServiceNow. */
export const SERVICENOW_HOST = 'mediapro.service-now.com';

/** MediaPro's account of Azure AI Foundry. */
export const FOUNDRY_ACCOUNT = 'mp-foundry';
