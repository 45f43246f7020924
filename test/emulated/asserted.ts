/**
 * Which collectors a test of this folder asserts against the emulator, and what the emulator lacks for others. The rest is
 * asserted on recorded shapes of AWS's answers, in `test/connectors/aws/`. `docs/coverage.md` is made from this table, and
 * `test/docs/coverage.test.ts` holds it against the tests themselves.
 */
export const ASSERTED: Readonly<Record<string, 'emulator' | { readonly lacks: string }>> = {
  'dynamodb.tables': 'emulator',
  'kms.keys': 'emulator',
  'lambda.event-source-mappings': 'emulator',
  'lambda.execution-counts': 'emulator',
  'lambda.functions': 'emulator',
  's3.buckets': 'emulator',
  'secretsmanager.secrets': 'emulator',
  'sns.topics': 'emulator',
  'sqs.queues': 'emulator',
  'ssm.parameters': 'emulator',
};
