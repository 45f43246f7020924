import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/kernel/canonical.ts';
import { type PathQuestion, pathsBetween } from '../../src/paths/between.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import { NOTHING_JOINED } from '../../src/paths/joined.ts';
import type { Chain } from '../../src/paths/path.ts';
import {
  aFunction,
  allow,
  anAccount,
  aRole,
  aTable,
  DATA,
  entityIn,
  functionArn,
  graphOf,
  type Part,
  policy,
  roleArn,
  tableArn,
  trusting,
  WORKLOADS,
} from '../graph/estate.ts';
import { CUSTOMERS, mediaPro, READER, TAGGER_ROLE } from './mediapro.ts';

const TAGGER = functionArn(WORKLOADS, 'mp-content-tagger');

const asked = (parts: readonly Part[], { from, to, through, ...rest }: PathQuestion) => {
  const graph = graphOf(...parts);
  const id = (arn: string | undefined) => (arn === undefined ? undefined : entityIn(graph, arn)._id);
  const [start, end, middle] = [id(from), id(to), id(through)];
  return pathsBetween(graph, NOTHING_JOINED, {
    ...rest,
    ...(start === undefined ? {} : { from: start }),
    ...(end === undefined ? {} : { to: end }),
    ...(middle === undefined ? {} : { through: middle }),
  });
};

const way = (chain: Chain | undefined): string | undefined =>
  chain && [chain.hops[0]?.from, ...chain.hops.map(({ to }) => to)].map((end) => end?.display_name).join(' > ');

describe('how one entity reaches another', () => {
  test('a function and a table', () => {
    const { answers } = asked(mediaPro(), { from: TAGGER, to: CUSTOMERS });
    expect(answers).toMatchObject([{ access_level: 'Read', sensitivity: { value: 'pii' }, alternatives: 0 }]);
    expect(way(answers[0]?.unconditional)).toBe(
      'mp-content-tagger > mp-content-tagger-role > mp-cross-account-data-reader > mp-pii-customers',
    );
    expect(answers[0]?.unconditional?.accounts).toEqual([WORKLOADS, DATA]);
  });

  test('a function and a role that it may become', () => {
    const { answers } = asked(mediaPro(), { from: TAGGER, to: READER });
    expect(answers.map(({ access_level, unconditional }) => [access_level, way(unconditional)])).toEqual([
      [undefined, 'mp-content-tagger > mp-content-tagger-role > mp-cross-account-data-reader'],
    ]);
  });

  test('a table leads nowhere, and nothing leads to what it is', () => {
    expect(asked(mediaPro(), { from: CUSTOMERS, to: TAGGER }).answers).toEqual([]);
    expect(asked(mediaPro(), { from: TAGGER, to: TAGGER }).answers).toEqual([]);
  });

  test('the chain with conditions is told beside the longer one without', () => {
    const aside = aRole({
      name: 'aside',
      trust: trusting({ AWS: TAGGER_ROLE }),
      policies: { on: policy(allow('sts:AssumeRole', READER)) },
    });
    const { answers } = asked(
      [
        ...mediaPro({
          tagger: { on: policy(allow('sts:AssumeRole')) },
          trust: policy(
            { Effect: 'Allow', Principal: { AWS: roleArn(WORKLOADS, 'aside') }, Action: 'sts:AssumeRole' },
            {
              Effect: 'Allow',
              Principal: { AWS: TAGGER_ROLE },
              Action: 'sts:AssumeRole',
              Condition: { StringEquals: { 'sts:ExternalId': 'x1' } },
            },
          ),
        }),
        aside,
      ],
      { from: TAGGER, to: CUSTOMERS },
    );
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({ alternatives: 1, conditional: { conditions: [{ key: 'sts:ExternalId' }] } });
    expect(answers[0]?.unconditional?.hops).toHaveLength(4);
    expect(answers[0]?.conditional?.hops).toHaveLength(3);
  });

  test('a policy that nobody could read is listed, and claims nothing', () => {
    const parts = mediaPro({ readerProperties: { inline_policies: undefined } });
    const { answers, undetermined } = asked(parts, { from: TAGGER, to: CUSTOMERS });
    expect(answers).toEqual([]);
    expect(undetermined).toContainEqual({
      edge_type: 'CAN_ACCESS',
      from: expect.objectContaining({ source_record_id: READER }),
      to: expect.objectContaining({ source_record_id: CUSTOMERS }),
      access_level: 'Read',
    });
  });

  test('only through an entity that is asked for', () => {
    expect(asked(mediaPro(), { from: TAGGER, to: CUSTOMERS, through: READER }).answers).toHaveLength(1);
    const [elsewhere] = [aRole({ name: 'elsewhere' })];
    const question = { from: TAGGER, to: CUSTOMERS, through: roleArn(WORKLOADS, 'elsewhere') };
    expect(asked([...mediaPro(), elsewhere], question).answers).toEqual([]);
  });

  test('ids that are not there have no answers, and a question has an end', () => {
    const graph = graphOf(...mediaPro());
    expect(pathsBetween(graph, NOTHING_JOINED, { from: 'nobody' })).toMatchObject({ answers: [], undetermined: [] });
    expect(pathsBetween(graph, NOTHING_JOINED, { from: 'nobody', to: entityIn(graph, CUSTOMERS)._id }).answers).toEqual(
      [],
    );
    expect(() => pathsBetween(graph, NOTHING_JOINED, {})).toThrow(TypeError);
  });
});

describe('one end alone', () => {
  const open = mediaPro({ table: aTable({ name: 'mp-pii-customers', tags: {} }) });

  test('what a function reaches, sensitive or not', () => {
    const { answers } = asked(open, { from: TAGGER });
    expect(answers.map(({ to, access_level }) => [to.source_record_id, access_level])).toEqual([[CUSTOMERS, 'Read']]);
    expect(answers[0]).not.toHaveProperty('sensitivity');
    expect(findPaths(graphOf(...open)).paths).toEqual([]);
  });

  test('who reaches a table: the nearest first', () => {
    const { answers } = asked(open, { to: CUSTOMERS });
    expect(answers.map(({ from }) => from.display_name)).toEqual([
      'mp-cross-account-data-reader',
      'mp-content-tagger-role',
      'mp-content-tagger',
    ]);
  });

  test('what was left out is said', () => {
    const short = asked(open, { from: TAGGER, limits: { max_hops: 2 } });
    expect(short).toMatchObject({ answers: [], truncated: { hops: true, places: false, answers: false } });
    const backwards = asked(open, { to: CUSTOMERS, limits: { max_hops: 2 } });
    expect(backwards.truncated.hops).toBe(true);
    expect(asked(open, { to: CUSTOMERS, limits: { max_answers: 1 } })).toMatchObject({
      answers: [{}],
      truncated: { answers: true },
    });
    expect(asked(open, { from: TAGGER, limits: { max_places: 1 } })).toMatchObject({
      answers: [],
      truncated: { places: true },
    });
    expect(asked(open, { from: TAGGER, to: CUSTOMERS, limits: { max_places: 1 } }).truncated.places).toBe(true);
    expect(asked(open, { from: TAGGER, to: CUSTOMERS }).truncated).toEqual({
      hops: false,
      places: false,
      answers: false,
      undetermined: false,
    });
  });
});

describe('an administrator', () => {
  const account = `arn:aws:iam::${WORKLOADS}:root`;
  const everything: Json = policy(allow('*'));
  const secrets = tableArn(WORKLOADS, 'payroll');
  const estate = (more: readonly Part[] = []): readonly Part[] => [
    anAccount(WORKLOADS),
    aFunction({ name: 'deployer', role: roleArn(WORKLOADS, 'admin') }),
    aRole({ name: 'admin', policies: { all: everything } }),
    aRole({
      name: 'reader',
      trust: trusting({ AWS: account }),
      policies: { read: policy(allow('dynamodb:GetItem', secrets)) },
    }),
    aTable({ name: 'payroll', account: WORKLOADS }),
    ...more,
  ];

  test('has one path, which ends at the account', () => {
    const { paths } = findPaths(graphOf(...estate()));
    const ofDeployer = paths.filter(({ workload }) => workload.display_name === 'deployer');
    expect(ofDeployer).toMatchObject([
      {
        resource: { entity_type: 'aws_account', source_record_id: account },
        access_level: 'Admin',
        sensitivity: { reason: 'administrator' },
        verdict: 'allowed',
      },
    ]);
    expect(ofDeployer[0]?.hops.map(({ edge_type }) => edge_type)).toEqual(['RUNS_AS', 'CAN_ACCESS']);
    expect(ofDeployer[0]?.hops[1]?.evidence).not.toEqual([]);
  });

  test('still goes to other accounts, where the other side lets it in', () => {
    const roles = [
      aRole({
        name: 'abroad',
        account: DATA,
        trust: trusting({ AWS: account }),
        policies: { read: policy(allow('dynamodb:GetItem', tableArn(DATA, 'customers'))) },
      }),
      aTable({ name: 'customers' }),
    ];
    const { paths } = findPaths(graphOf(...estate(roles)));
    expect(
      paths
        .filter(({ workload }) => workload.display_name === 'deployer')
        .map(({ resource }) => resource.display_name)
        .sort(),
    ).toEqual([entityIn(graphOf(...estate()), account).display_name, 'customers'].sort());
  });

  test('is expanded where somebody asks', () => {
    const deployer = functionArn(WORKLOADS, 'deployer');
    const levels = asked(estate(), { from: deployer, to: secrets }).answers.map(({ access_level }) => access_level);
    expect(levels).toEqual(['Admin', 'Read', 'Write']);
    expect(asked(estate(), { to: secrets }).answers.map(({ from }) => from.display_name)).toContain('deployer');
    const all = asked(estate(), { from: deployer }).answers;
    expect(all.map(({ to, access_level }) => `${to.entity_type} ${access_level}`)).toContain('aws_account Admin');
    expect(all.filter(({ to }) => to.source_record_id === secrets)).toHaveLength(3);
    expect(asked(estate(), { from: deployer, to: account }).answers).toMatchObject([{ access_level: 'Admin' }]);
    expect(asked(estate(), { to: account }).answers.map(({ from }) => from.display_name)).toEqual([
      'admin',
      'deployer',
    ]);
  });
});

describe('command over a workload', () => {
  const victim = functionArn(WORKLOADS, 'mp-content-tagger');
  const parts = [
    ...mediaPro(),
    aFunction({ name: 'pipeline', role: roleArn(WORKLOADS, 'pipeline') }),
    aRole({ name: 'pipeline', policies: { deploy: policy(allow('lambda:UpdateFunctionCode', victim)) } }),
  ];

  test('gains what the workload may do, and says how', () => {
    const path = findPaths(graphOf(...parts)).paths.find(({ workload }) => workload.display_name === 'pipeline');
    expect(path?.hops.map(({ edge_type }) => edge_type)).toEqual([
      'RUNS_AS',
      'CAN_CONTROL',
      'RUNS_AS',
      'CAN_ASSUME',
      'CAN_ACCESS',
    ]);
    expect(path?.hops[1]).toMatchObject({
      technique: 'lambda-update-code',
      actions: ['lambda:UpdateFunctionCode'],
      evidence: [{ kind: 'statement', source_record_id: roleArn(WORKLOADS, 'pipeline') }],
    });
  });

  test('is found from either end', () => {
    const pipeline = functionArn(WORKLOADS, 'pipeline');
    expect(asked(parts, { from: pipeline, to: CUSTOMERS }).answers).toHaveLength(1);
    expect(asked(parts, { to: CUSTOMERS }).answers.map(({ from }) => from.display_name)).toContain('pipeline');
  });
});
