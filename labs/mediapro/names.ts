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
