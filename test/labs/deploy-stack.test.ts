import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { deleteStack, deployStack } from '../../labs/deploy-stack.ts';
import { emulatedWorld, realWorld, type World } from '../../labs/world.ts';
import { type Services, startServices } from '../../tools/local/services.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ACCOUNT = '222222222222';

let services: Services;
let world: World;

beforeAll(async () => {
  services = await startServices();
  world = emulatedWorld(services.aws);
});

afterAll(async () => {
  await services?.stop();
});

const topic = (TopicName: string) => ({ Type: 'AWS::SNS::Topic', Properties: { TopicName } });
const order = (resources: object) => ({
  account: ACCOUNT,
  name: 'tried',
  template: JSON.stringify({ Resources: resources }),
});

/** A policy of a role that is not there. */
const refused = {
  Refused: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'refused',
      Roles: ['nobody'],
      PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
    },
  },
};

it('a stack that was not there is gone already', async () => {
  expect(await deleteStack(world, ACCOUNT, 'never-was')).toBe(false);
});

it('a stack that fails says which resource and why, and can be deployed once it is mended', async () => {
  await expect(deployStack(world, order({ ...refused, Kept: topic('kept') }))).rejects.toThrow(
    /stack tried is ROLLBACK_COMPLETE: Refused /,
  );
  expect(await deployStack(world, order({ Kept: topic('kept') }))).toBe('created');
});

it('is created, unchanged, updated and deleted', async () => {
  expect(await deployStack(world, order({ Kept: topic('kept') }))).toBe('unchanged');
  expect(await deployStack(world, order({ Kept: topic('kept'), More: topic('more') }))).toBe('updated');
  expect(await deleteStack(world, ACCOUNT, 'tried')).toBe(true);
  expect(await deleteStack(world, ACCOUNT, 'tried')).toBe(false);
});

it('a real account without a profile is named', () => {
  expect(() => realWorld('eu-west-1', {}).client(ACCOUNT)).toThrow(/no AWS profile is named for account 222222222222/);
});
