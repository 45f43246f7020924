/**
 * Which collectors a test of this folder asserts against the emulator, and what the emulator lacks for others. The rest is
 * asserted on recorded shapes of AWS's answers, in `test/connectors/aws/`. `docs/coverage.md` is made from this table, and
 * `test/docs/coverage.test.ts` holds it against the tests themselves.
 */
export const ASSERTED: Readonly<Record<string, 'emulator' | { readonly lacks: string }>> = {
  'organizations.accounts': 'emulator',
  'organizations.policies': 'emulator',
  'bedrock-agent.agents': 'emulator',
  'bedrock-agent.knowledge-bases': 'emulator',
  'bedrock.custom-models': { lacks: 'jobs that make a model' },
  'bedrock.guardrails': 'emulator',
  'bedrock.imported-models': { lacks: 'imports of models' },
  'bedrock.inference-profiles': 'emulator',
  'bedrock.invocation-logging': { lacks: 'a configuration of it: it answers as where there is none' },
  'bedrock-agentcore.api-key-providers': { lacks: 'the API' },
  'bedrock-agentcore.gateways': { lacks: 'the API' },
  'bedrock-agentcore.memories': 'emulator',
  'bedrock-agentcore.oauth-providers': { lacks: 'the API' },
  'bedrock-agentcore.runtimes': 'emulator',
  'bedrock-agentcore.workload-identities': { lacks: 'the API' },
  'dynamodb.tables': 'emulator',
  'kms.keys': 'emulator',
  'lambda.event-source-mappings': 'emulator',
  'lambda.execution-counts': 'emulator',
  'lambda.functions': 'emulator',
  's3.account-public-access': 'emulator',
  's3.buckets': 'emulator',
  'secretsmanager.secrets': 'emulator',
  'sns.topics': 'emulator',
  'sqs.queues': 'emulator',
  'ssm.parameters': 'emulator',
  'states.execution-counts': 'emulator',
  'states.state-machines': 'emulator',
};
