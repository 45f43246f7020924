/** Clients whose IAM prefix is not their name in lower case. */
const PREFIXES: Readonly<Record<string, string>> = {
  SFN: 'states',
  CloudWatchLogs: 'logs',
  SSOAdmin: 'sso',
  ConfigService: 'config',
  BedrockAgent: 'bedrock',
  BedrockAgentCoreControl: 'bedrock-agentcore',
  EventBridge: 'events',
  AccessAnalyzer: 'access-analyzer',
};

/**
 * Calls whose IAM action is not their name.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3control:GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketNotificationConfiguration': 's3:GetBucketNotification',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  // "ListFindings and ListFindingsV2 both use access-analyzer:ListFindings", and so it is with the details.
  'access-analyzer:ListFindingsV2': 'access-analyzer:ListFindings',
  'access-analyzer:GetFindingV2': 'access-analyzer:GetFinding',
};

/** The IAM action that a call of the SDK needs: (`IAMClient`, `ListRolesCommand`) -> `iam:ListRoles`. */
export function iamActionOf(clientName: string, commandName: string): string {
  const client = clientName.replace(/Client$/, '');
  const action = `${PREFIXES[client] ?? client.toLowerCase()}:${commandName.replace(/Command$/, '')}`;
  return EXCEPTIONS[action] ?? action;
}
