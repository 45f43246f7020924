import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CheckedInstance, checkFunctions } from '../../lambdas/api/check-functions.ts';
import { checkAwsHandler } from '../../lambdas/check-aws/handler.ts';
import { CheckRequest } from '../../lambdas/check-request.ts';
import { checkSourcesHandler } from '../../lambdas/check-sources/handler.ts';
import { secretReader } from '../../lambdas/check-sources/secrets.ts';
import type { SourceNetwork } from '../../src/connectors/source-request.ts';
import type { ConnectorInstance, EntraInstance } from '../../src/control/connector-instance.ts';
import { within } from '../../src/store/tenancy.ts';
import { actionOf, fakeAws, SESSION } from '../connectors/aws/fake-aws.ts';
import { anInstance, aServiceNowInstance, at, ONE, START, TENANCY, TWO } from '../control/builders.ts';

const REQUEST: CheckRequest = { ...TENANCY, instance_id: 'instance-1', request_id: 'request-1' };
const CONTEXT = { getRemainingTimeInMillis: () => 20_000 };
const now = () => START;

const { external_id: _, ...common } = anInstance();
const entra = (given: Partial<EntraInstance> = {}): EntraInstance => ({
  ...common,
  connector_kind: 'entra',
  config: { entra_tenant_id: '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411' },
  credentials_ref: `throughline/${TENANCY.tenant_id}/entra`,
  ...given,
});

/** A store that keeps tenancies apart as the real one does. */
const storeOf = (instance: ConnectorInstance) => ({
  get: async (whose: Parameters<typeof within>[0], id: string) => {
    const { tenant_id, workspace_id } = within(whose);
    const its = instance._id === id && instance.tenant_id === tenant_id && instance.workspace_id === workspace_id;
    return its ? instance : undefined;
  },
});

function awsHandler(instance: ConnectorInstance, accounts: readonly { account_id: string; status: string }[] = []) {
  const aws = fakeAws((request) => ({
    body:
      {
        AssumeRole: SESSION,
        GetCallerIdentity: '<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>',
        DescribeOrganization: JSON.stringify({ Organization: { Id: 'o-1' } }),
      }[actionOf(request)] ?? '',
  }));
  const handler = checkAwsHandler({
    instances: storeOf(instance),
    knownAccounts: async () => accounts,
    aws: {
      region: 'eu-west-1',
      spoke_role_name: 'SecurityV0ReadOnly',
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
      request_handler: aws.handler,
    },
    now,
  });
  return { handler, sent: aws.sent };
}

describe('the function that checks AWS', () => {
  it('answers with the instance, the time, and what it found', async () => {
    const { handler } = awsHandler(anInstance());
    const check = await handler(REQUEST, CONTEXT);
    expect(check).toMatchObject({ instance_id: 'instance-1', checked_at: at(0), status: 'connected' });
    expect(check.findings.map(({ target }) => target)).toEqual([ONE, TWO]);
  });

  it('names its sessions after the request, so that an account’s owner can ask whose they are', async () => {
    const { handler, sent } = awsHandler(anInstance());
    await handler(REQUEST, CONTEXT);
    expect(String(sent[0]?.body)).toContain('RoleSessionName=throughline-check-request-1');
  });

  it('tries the active accounts of an organization, in the order of their ids', async () => {
    const organization = anInstance({ config: { mode: 'organization', regions: ['eu-west-1'] } });
    const { handler } = awsHandler(organization, [
      { account_id: TWO, status: 'ACTIVE' },
      { account_id: '333333333333', status: 'SUSPENDED' },
      { account_id: ONE, status: 'ACTIVE' },
    ]);
    const { findings } = await handler(REQUEST, CONTEXT);
    expect(findings.map(({ target }) => target)).toEqual(['organization', ONE, TWO]);
  });

  it.each<[string, Partial<CheckRequest>, ConnectorInstance]>([
    ['of another tenant', { tenant_id: 'acme' }, anInstance()],
    ['of another workspace', { workspace_id: 'payments' }, anInstance()],
    ['that there is not', { instance_id: 'instance-2' }, anInstance()],
    ['that is deleted', {}, anInstance({ status: 'deleted' })],
    ['of another kind', {}, entra()],
  ])('tries no instance %s', async (_which, given, instance) => {
    const { handler, sent } = awsHandler(instance);
    await expect(handler({ ...REQUEST, ...given }, CONTEXT)).rejects.toThrow('there is no such instance to check');
    expect(sent).toEqual([]);
  });

  it('takes no request that says more than whose instance it is', async () => {
    const { handler } = awsHandler(anInstance());
    await expect(handler({ ...REQUEST, role_arn: 'arn:aws:iam::1:role/x' }, CONTEXT)).rejects.toThrow('role_arn');
  });

  it('ends before it is ended', async () => {
    const { handler, sent } = awsHandler(anInstance());
    const { findings } = await handler(REQUEST, { getRemainingTimeInMillis: () => 1_000 });
    expect(new Set(findings.map(({ status }) => status))).toEqual(new Set(['not_tried']));
    expect(sent).toEqual([]);
  });
});

describe('the function that checks other sources', () => {
  const nobody: SourceNetwork = {
    fetch: () => Promise.reject(new Error('nobody is to be asked')),
    addressesOf: () => Promise.reject(new Error('nobody is to be looked up')),
    request_time: 100,
  };
  function sourcesHandler(instance: ConnectorInstance, given: Partial<SourceNetwork> = {}) {
    const read: string[] = [];
    const handler = checkSourcesHandler({
      instances: storeOf(instance),
      readSecret: async (name) => {
        read.push(name);
        return JSON.stringify({ client_id: '7c21e0d4-58b3-4f6e-8a19-d34b6f0c9e02', client_secret: 'x' });
      },
      network: { ...nobody, ...given },
      source_hosts: { servicenow: ['*.service-now.com'], foundry: [] },
      now,
    });
    return { handler, read };
  }

  it.each([
    'throughline/acme/entra',
    `throughline/${TENANCY.tenant_id}`,
    `throughline/${TENANCY.tenant_id}/../acme/entra`,
    'arn:aws:secretsmanager:eu-west-1:111111111111:secret:throughline/acme/entra',
    'connection',
  ])('reads no secret %s, whatever the instance says', async (credentials_ref) => {
    const { handler, read } = sourcesHandler(entra({ credentials_ref }));
    expect(await handler(REQUEST, CONTEXT)).toMatchObject({
      status: 'refused',
      findings: [{ code: 'credentials_invalid', responsible: 'Entra tenant admin' }],
    });
    expect(read).toEqual([]);
  });

  it('reads the secret of the instance and asks the source', async () => {
    const asked: string[] = [];
    const { handler, read } = sourcesHandler(entra(), {
      addressesOf: async (host) => {
        asked.push(host);
        return ['10.0.0.1'];
      },
    });
    const { findings } = await handler(REQUEST, CONTEXT);
    expect(findings[0]?.message).toContain('private address');
    expect([read, asked]).toEqual([[`throughline/${TENANCY.tenant_id}/entra`], ['login.microsoftonline.com']]);
  });

  it('asks a ServiceNow instance at its own host and subscriptions at that of Azure', async () => {
    const asked: string[] = [];
    const network = {
      addressesOf: async (host: string) => {
        asked.push(host);
        return [];
      },
    };
    await sourcesHandler(aServiceNowInstance({ _id: 'instance-1' }), network).handler(REQUEST, CONTEXT);
    const { connector_kind: _kind, config: _config, ...rest } = entra();
    const config = { entra_tenant_id: '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411', subscription_ids: ['1'] };
    await sourcesHandler({ ...rest, connector_kind: 'foundry', config }, network).handler(REQUEST, CONTEXT);
    expect(asked).toEqual(['example.service-now.com', 'login.microsoftonline.com']);
  });

  it('asks no host that the hub may not talk to any more', async () => {
    const { handler, read } = sourcesHandler(
      aServiceNowInstance({ _id: 'instance-1', config: { instance_url: 'https://itsm.example.com' } }),
    );
    const { status, findings } = await handler(REQUEST, CONTEXT);
    expect([status, findings[0]?.code, findings[0]?.responsible]).toEqual([
      'refused',
      'source_unreachable',
      'Throughline operator',
    ]);
    expect(findings[0]?.remedy).toContain('source_hosts');
    expect(read).toEqual([]);
  });

  it('tries no AWS instance', async () => {
    await expect(sourcesHandler(anInstance()).handler(REQUEST, CONTEXT)).rejects.toThrow('no such instance');
  });
});

describe('a secret', () => {
  const secrets = mockClient(SecretsManagerClient);
  const read = secretReader(new SecretsManagerClient({ region: 'eu-west-1' }));
  beforeEach(() => secrets.reset());
  const named = (name: string) => Object.assign(new Error('words of AWS'), { name });

  it('is read as text', async () => {
    secrets.on(GetSecretValueCommand, { SecretId: 'throughline/t/x' }).resolves({ SecretString: '{}' });
    expect(await read('throughline/t/x')).toBe('{}');
  });

  it.each(['ResourceNotFoundException', 'AccessDeniedException', 'DecryptionFailure', 'InvalidRequestException'])(
    'that meets %s is for whoever connects the source to mend',
    async (name) => {
      secrets.on(GetSecretValueCommand).rejects(named(name));
      await expect(read('throughline/t/x')).rejects.toMatchObject({ code: 'credentials_invalid' });
      await expect(read('throughline/t/x')).rejects.toThrow('the secret throughline/t/x ');
    },
  );

  it('of bytes is not taken for text, and a failure of AWS not for one of the secret', async () => {
    secrets.on(GetSecretValueCommand).resolves({ SecretBinary: new Uint8Array([1]) });
    await expect(read('throughline/t/x')).rejects.toThrow('holds bytes');
    secrets.on(GetSecretValueCommand).rejects(named('InternalServiceError'));
    await expect(read('throughline/t/x')).rejects.toThrow('words of AWS');
  });
});

describe('the API', () => {
  const lambda = mockClient(LambdaClient);
  const check = checkFunctions(new LambdaClient({ region: 'eu-west-1' }), { aws: 'of-aws', sources: 'of-sources' });
  beforeEach(() => lambda.reset());

  /** Lets the function answer; a payload is bytes with a way to read them as text. */
  function answering(answer: unknown, FunctionError?: string): void {
    const bytes = Buffer.from(JSON.stringify(answer));
    const Payload = Object.assign(new Uint8Array(bytes), { transformToString: () => bytes.toString() });
    lambda.on(InvokeCommand).resolves({ Payload, ...(FunctionError && { FunctionError }) });
  }
  const good = {
    instance_id: 'instance-1',
    status: 'connected',
    checked_at: at(0),
    service_categories_available: [],
    findings: [],
  };

  it.each<[string, CheckedInstance]>([
    ['of-aws', anInstance()],
    ['of-sources', entra()],
  ])('calls %s with ids and nothing else, and gives its answer', async (name, instance) => {
    answering(good);
    expect(await check(instance, 'request-1')).toEqual(good);
    const [call] = lambda.commandCalls(InvokeCommand);
    expect(call?.args[0].input.FunctionName).toBe(name);
    const sent: unknown = JSON.parse(String(call?.args[0].input.Payload));
    expect(CheckRequest.parse(sent)).toEqual(REQUEST);
  });

  it('tells a check without an end from one that failed, and repeats the words of neither', async () => {
    answering({ errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: x' }, 'Unhandled');
    await expect(check(anInstance(), 'request-1')).rejects.toMatchObject({ code: 'timeout' });
    answering({ errorType: 'TypeError', errorMessage: 'a secret', trace: ['at a line'] }, 'Unhandled');
    const failure: unknown = await check(anInstance(), 'request-1').catch((error: unknown) => error);
    expect(String(failure)).toBe('Error: of-aws failed on request request-1: Unhandled');
  });

  it('believes no answer of another shape', async () => {
    answering({ ...good, status: 'fine' });
    await expect(check(anInstance(), 'request-1')).rejects.toThrow();
    answering(null);
    await expect(check(anInstance(), 'request-1')).rejects.toThrow();
  });
});
