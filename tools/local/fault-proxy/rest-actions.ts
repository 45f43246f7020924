import { AGENTCORE, BEDROCK } from './bedrock-routes.ts';

/** Method, path with `*` for one segment and `**` for the rest, and the IAM action without its prefix. */
export type Route = readonly [method: string, path: string, action: string];

// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
const LAMBDA: readonly Route[] = [
  ['GET', '/2015-03-31/functions', 'ListFunctions'],
  ['POST', '/2015-03-31/functions', 'CreateFunction'],
  ['GET', '/2015-03-31/functions/*', 'GetFunction'],
  ['DELETE', '/2015-03-31/functions/*', 'DeleteFunction'],
  ['GET', '/2015-03-31/functions/*/configuration', 'GetFunctionConfiguration'],
  ['PUT', '/2015-03-31/functions/*/configuration', 'UpdateFunctionConfiguration'],
  ['PUT', '/2015-03-31/functions/*/code', 'UpdateFunctionCode'],
  ['GET', '/2015-03-31/functions/*/policy', 'GetPolicy'],
  ['POST', '/2015-03-31/functions/*/policy', 'AddPermission'],
  ['GET', '/2015-03-31/functions/*/aliases', 'ListAliases'],
  ['GET', '/2015-03-31/functions/*/versions', 'ListVersionsByFunction'],
  ['POST', '/2015-03-31/functions/*/invocations', 'InvokeFunction'],
  ['GET', '/2015-03-31/event-source-mappings', 'ListEventSourceMappings'],
  ['GET', '/2015-03-31/event-source-mappings/*', 'GetEventSourceMapping'],
  ['GET', '/2017-03-31/tags/**', 'ListTags'],
  ['GET', '/2018-10-31/layers', 'ListLayers'],
  ['GET', '/2019-09-30/functions/*/concurrency', 'GetFunctionConcurrency'],
  ['GET', '/2021-10-31/functions/*/url', 'GetFunctionUrlConfig'],
  ['GET', '/2021-10-31/functions/*/urls', 'ListFunctionUrlConfigs'],
];

// https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html
const ACCOUNT: readonly Route[] = [['POST', '/listRegions', 'ListRegions']];

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Operations.html. Both forms of findings need one right. */
const ACCESS_ANALYZER: readonly Route[] = [
  ['PUT', '/analyzer', 'CreateAnalyzer'],
  ['GET', '/analyzer', 'ListAnalyzers'],
  ['PUT', '/analyzer/*/archive-rule', 'CreateArchiveRule'],
  ['GET', '/analyzer/*/archive-rule', 'ListArchiveRules'],
  ['POST', '/finding', 'ListFindings'],
  ['POST', '/findingv2', 'ListFindings'],
  ['GET', '/findingv2/*', 'GetFinding'],
];

/**
 * The subresource in the query string that says what is asked of a bucket, and the rest of the action's name.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
const BUCKET: Readonly<Record<string, string>> = {
  accelerate: 'AccelerateConfiguration',
  acl: 'BucketAcl',
  cors: 'BucketCORS',
  encryption: 'EncryptionConfiguration',
  lifecycle: 'LifecycleConfiguration',
  location: 'BucketLocation',
  logging: 'BucketLogging',
  notification: 'BucketNotification',
  'object-lock': 'BucketObjectLockConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  policyStatus: 'BucketPolicyStatus',
  publicAccessBlock: 'BucketPublicAccessBlock',
  replication: 'ReplicationConfiguration',
  requestPayment: 'BucketRequestPayment',
  tagging: 'BucketTagging',
  versioning: 'BucketVersioning',
  website: 'BucketWebsite',
};

const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  'access-analyzer': ACCESS_ANALYZER,
  account: ACCOUNT,
  lambda: LAMBDA,
  bedrock: BEDROCK,
  'bedrock-agentcore': AGENTCORE,
};

/** The IAM action, without its prefix, of a request whose operation is in its method and path. Undefined if not known. */
export function restAction(service: string, method: string, url: URL): string | undefined {
  const routes = ROUTES[service];
  if (routes) return routes.find((route) => matches(route, method, url.pathname))?.[2];
  if (service === 's3') return s3Action(method, url);
  return undefined;
}

function matches([method, pattern]: Route, asked: string, path: string): boolean {
  if (method !== asked) return false;
  const wanted = pattern.split('/');
  const given = path.replace(/\/$/, '').split('/');
  const open = wanted.at(-1) === '**';
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((segment, index) => segment.startsWith('*') || segment === given[index]);
}

/** Path style only: `/<bucket>/<key>`; or a path of S3 Control. */
function s3Action(method: string, url: URL): string | undefined {
  if (url.pathname === '/v20180820/configuration/publicAccessBlock') {
    return method === 'GET' ? 'GetAccountPublicAccessBlock' : 'PutAccountPublicAccessBlock';
  }
  const [bucket, ...key] = url.pathname.split('/').slice(1);
  if (!bucket) return method === 'GET' ? 'ListAllMyBuckets' : undefined;
  if (key.join('/')) return objectAction(method, url);
  const subresource = Object.keys(BUCKET).find((name) => url.searchParams.has(name));
  const name = subresource && BUCKET[subresource];
  if (name) return method === 'GET' ? `Get${name}` : `${method === 'DELETE' ? 'Delete' : 'Put'}${name}`;
  if (method === 'GET' || method === 'HEAD') return 'ListBucket';
  return method === 'PUT' ? 'CreateBucket' : method === 'DELETE' ? 'DeleteBucket' : undefined;
}

function objectAction(method: string, url: URL): string | undefined {
  if (url.searchParams.has('tagging')) return method === 'GET' ? 'GetObjectTagging' : 'PutObjectTagging';
  if (url.searchParams.has('acl')) return method === 'GET' ? 'GetObjectAcl' : 'PutObjectAcl';
  if (method === 'GET' || method === 'HEAD') return 'GetObject';
  if (method === 'PUT' || method === 'POST') return 'PutObject';
  return method === 'DELETE' ? 'DeleteObject' : undefined;
}
