import {
  ConfigServiceClient,
  type ConformancePackDetail,
  DescribeConformancePacksCommand,
  GetConformancePackComplianceSummaryCommand,
} from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { conformancePacks } from '../../../../src/connectors/aws/config/conformance-packs.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const arnOf = (name: string) => `arn:aws:config:${REGION}:${ACCOUNT}:conformance-pack/${name}/conformance-pack-x`;

// https://docs.aws.amazon.com/config/latest/APIReference/API_ConformancePackDetail.html
const aPack = (overrides: Partial<ConformancePackDetail> = {}): ConformancePackDetail => ({
  ConformancePackName: 'baseline',
  ConformancePackArn: arnOf('baseline'),
  ConformancePackId: 'conformance-pack-x',
  DeliveryS3Bucket: 'awsconfigconforms-logs',
  ConformancePackInputParameters: [{ ParameterName: 'Address', ParameterValue: 'alice@example.com' }],
  LastUpdateRequestedTime: new Date('2026-01-01T00:00:00Z'),
  TemplateSSMDocumentDetails: { DocumentName: 'Baseline' },
  ...overrides,
});
const many = (count: number) =>
  Array.from({ length: count }, (_, number) =>
    aPack({ ConformancePackName: `p-${number}`, ConformancePackArn: arnOf(`p-${number}`) }),
  );

const aws = mockClient(ConfigServiceClient);
beforeEach(() => {
  aws.reset();
  aws.on(DescribeConformancePacksCommand).resolves({ ConformancePackDetails: [aPack()] });
  aws.on(GetConformancePackComplianceSummaryCommand).resolves({ ConformancePackComplianceSummaryList: [] });
});

describe('a conformance pack', () => {
  it('is a node that is stored in its bucket, with the names of its parameters alone', async () => {
    const seen = await look(conformancePacks);
    expect(seen.nodes[0]?.properties).toEqual({
      arn: arnOf('baseline'),
      name: 'baseline',
      region: REGION,
      bucket: 'awsconfigconforms-logs',
      key_prefix: null,
      parameter_names: ['Address'],
      template_document: 'Baseline',
      last_update_requested_at: '2026-01-01T00:00:00.000Z',
      created_by: null,
    });
    expect(seen.edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['STORED_IN', 'arn:aws:s3:::awsconfigconforms-logs'],
    ]);
    expect(JSON.stringify(seen)).not.toContain('alice');
    expect(seen.row.status).toBe('complete');
  });

  it('that delivers nowhere has no edge for it', async () => {
    aws.on(DescribeConformancePacksCommand).resolves({ ConformancePackDetails: [aPack({ DeliveryS3Bucket: '' })] });
    const { nodes, edges } = await look(conformancePacks);
    expect(nodes[0]?.properties.bucket).toBeNull();
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it('has its compliance as activity, asked for five at once', async () => {
    aws.on(DescribeConformancePacksCommand).resolves({ ConformancePackDetails: many(6) });
    aws.on(GetConformancePackComplianceSummaryCommand).resolves({
      ConformancePackComplianceSummaryList: [
        { ConformancePackName: 'p-3', ConformancePackComplianceStatus: 'NON_COMPLIANT' },
      ],
    });
    const { observations } = await look(conformancePacks);
    const asked = aws.commandCalls(GetConformancePackComplianceSummaryCommand);
    expect(asked.map(({ args }) => args[0].input.ConformancePackNames?.length)).toEqual([5, 1]);
    expect(observations.filter(({ kind }) => kind === 'activity')).toEqual([
      expect.objectContaining({ name: 'compliance', value: { status: 'NON_COMPLIANT' } }),
    ]);
  });

  it('whose compliance is refused is there all the same', async () => {
    aws.on(GetConformancePackComplianceSummaryCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(conformancePacks);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'config:GetConformancePackComplianceSummary' }),
    ]);
  });

  it('that was deleted meanwhile takes nothing from the others; one that makes no sense is one gap', async () => {
    aws.on(GetConformancePackComplianceSummaryCommand).rejects(awsError('NoSuchConformancePackException'));
    const odd = aPack({ ConformancePackArn: arnOf('odd'), ConformancePackName: undefined });
    aws.on(DescribeConformancePacksCommand).resolves({ ConformancePackDetails: [odd, aPack()] });
    const { nodes, gaps } = await look(conformancePacks);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: arnOf('odd') })]);
  });
});

describe('the conformance packs of a region', () => {
  it('come page by page, and go on at a cursor', async () => {
    aws.on(DescribeConformancePacksCommand).resolves({ ConformancePackDetails: many(1), NextToken: '2' });
    aws.on(DescribeConformancePacksCommand, { NextToken: '2' }).resolves({ ConformancePackDetails: [aPack()] });
    expect((await look(conformancePacks)).cursors).toEqual(['2']);
    expect((await look(conformancePacks, '2')).nodes).toHaveLength(1);
  });

  it('that may not be listed are a gap; an answer without its list is malformed', async () => {
    aws.on(DescribeConformancePacksCommand).rejects(awsError('AccessDeniedException'));
    expect((await look(conformancePacks)).row.status).toBe('denied');
    aws.on(DescribeConformancePacksCommand).resolves({});
    expect((await look(conformancePacks)).row.status).toBe('failed');
  });
});
