import {
  AccessAnalyzerClient,
  type AnalyzerSummary,
  GetFindingV2Command,
  ListAnalyzersCommand,
  ListArchiveRulesCommand,
  ListFindingsCommand,
  ListFindingsV2Command,
} from '@aws-sdk/client-accessanalyzer';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { analyzers } from '../../../../src/connectors/aws/access-analyzer/analyzers.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';
import { anExternalFinding, anInternalFinding, INTERNAL_DETAILS, UNUSED_PART, unusedFinding } from './findings.ts';

const arnOf = (name: string) => `arn:aws:access-analyzer:${REGION}:${ACCOUNT}:analyzer/${name}`;
const CREATED = new Date('2026-01-01T00:00:00Z');

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_AnalyzerSummary.html
const anAnalyzer = (overrides: Partial<AnalyzerSummary> = {}): AnalyzerSummary => ({
  arn: arnOf('outside'),
  name: 'outside',
  type: 'ACCOUNT',
  status: 'ACTIVE',
  createdAt: CREATED,
  lastResourceAnalyzed: 'arn:aws:s3:::logs',
  lastResourceAnalyzedAt: new Date('2026-02-02T00:00:00Z'),
  tags: { team: 'security' },
  ...overrides,
});
const UNUSED = anAnalyzer({ arn: arnOf('unused'), name: 'unused', type: 'ACCOUNT_UNUSED_ACCESS' });
const INTERNAL = anAnalyzer({ arn: arnOf('inside'), name: 'inside', type: 'ORGANIZATION_INTERNAL_ACCESS' });

const aws = mockClient(AccessAnalyzerClient);
beforeEach(() => {
  aws.reset();
  aws.on(ListAnalyzersCommand).resolves({ analyzers: [anAnalyzer()] });
  aws.on(ListArchiveRulesCommand).resolves({ archiveRules: [] });
  aws.on(ListFindingsCommand).resolves({ findings: [] });
  aws.on(ListFindingsV2Command).resolves({ findings: [] });
});

describe('an analyzer', () => {
  it('is a node of its account, with what it hides by name', async () => {
    aws.on(ListArchiveRulesCommand).resolves({
      archiveRules: [
        { ruleName: 'partners', filter: {}, createdAt: CREATED, updatedAt: CREATED },
        { ruleName: 'cdn', filter: { principal: { eq: ['x'] } }, createdAt: CREATED, updatedAt: CREATED },
      ],
    });
    const { nodes, edges, row } = await look(analyzers);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_access_analyzer', source_record_id: arnOf('outside') });
    expect(nodes[0]?.properties).toEqual({
      arn: arnOf('outside'),
      name: 'outside',
      region: REGION,
      type: 'ACCOUNT',
      status: 'ACTIVE',
      status_reason: null,
      managed_by: null,
      created_at: CREATED.toISOString(),
      archive_rules: ['cdn', 'partners'],
      tags: [{ key: 'team', value: 'security' }],
    });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(row.status).toBe('complete');
  });

  it('that looked again is the same one: the time is activity', async () => {
    const before = await look(analyzers);
    aws
      .on(ListAnalyzersCommand)
      .resolves({ analyzers: [anAnalyzer({ lastResourceAnalyzedAt: new Date('2026-03-03') })] });
    const after = await look(analyzers);
    expect(after.nodes).toEqual(before.nodes);
    expect(after.observations).toContainEqual(
      expect.objectContaining({ name: 'analysis', value: { last_analyzed_at: '2026-03-03T00:00:00.000Z' } }),
    );
  });

  it('of unused access says from when on it is unused, and whom it leaves out', async () => {
    const analysisRule = { exclusions: [{ accountIds: ['2', '1'] }, { resourceTags: [{ keep: 'yes' }] }] };
    const configuration = { unusedAccess: { unusedAccessAge: 90, analysisRule } };
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [{ ...UNUSED, configuration }] });
    expect((await look(analyzers)).nodes[0]?.properties).toMatchObject({
      unused_access_age_days: 90,
      exclusions: [
        { account_ids: ['1', '2'], resource_tags: [] },
        { account_ids: [], resource_tags: [[{ key: 'keep', value: 'yes' }]] },
      ],
    });
  });

  it('whose archive rules may not be listed does not hide nothing: it is not known', async () => {
    aws.on(ListArchiveRulesCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(analyzers);
    expect(nodes[0]?.properties).not.toHaveProperty('archive_rules');
    expect(gaps).toEqual([
      expect.objectContaining({
        code: 'access_denied',
        action: 'access-analyzer:ListArchiveRules',
        item: arnOf('outside'),
      }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('that was deleted meanwhile is absent with all that it found', async () => {
    aws.on(ListArchiveRulesCommand).rejects(awsError('ResourceNotFoundException', 'gone', 404));
    aws.on(ListFindingsCommand).rejects(awsError('ResourceNotFoundException', 'gone', 404));
    const { nodes, gaps, row } = await look(analyzers);
    expect(nodes).toEqual([]);
    expect(gaps).toEqual([]);
    expect(row.status).toBe('complete');
  });
});

describe('what analyzers found', () => {
  it('of external access comes in one listing, with no call for a finding', async () => {
    aws.on(ListFindingsCommand).resolves({ findings: [anExternalFinding()] });
    const { nodes } = await look(analyzers);
    expect(nodes[1]).toMatchObject({
      entity_type: 'aws_access_finding',
      source_record_id: `${arnOf('outside')}/finding/f-1`,
      properties: { analyzer_arn: arnOf('outside'), finding_type: 'ExternalAccess' },
    });
    expect(aws.commandCalls(ListFindingsV2Command)).toEqual([]);
    expect(aws.commandCalls(GetFindingV2Command)).toEqual([]);
  });

  it('is asked for as far as it is active', async () => {
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [anAnalyzer(), UNUSED] });
    await look(analyzers);
    const asked = [...aws.commandCalls(ListFindingsCommand), ...aws.commandCalls(ListFindingsV2Command)];
    expect(asked.map(({ args }) => args[0].input)).toEqual([
      { analyzerArn: arnOf('outside'), filter: { status: { eq: ['ACTIVE'] } }, nextToken: undefined },
      { analyzerArn: arnOf('unused'), filter: { status: { eq: ['ACTIVE'] } }, nextToken: undefined },
    ]);
  });

  it('of unused access is asked for once more only where the list does not say what is unused', async () => {
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [UNUSED] });
    aws
      .on(ListFindingsV2Command)
      .resolves({ findings: [unusedFinding('UnusedIAMRole', 'r'), unusedFinding('UnusedPermission', 'p')] });
    aws.on(GetFindingV2Command).resolves({ findingDetails: [UNUSED_PART] });
    const { nodes } = await look(analyzers);
    expect(nodes.map(({ properties }) => properties.finding_type)).toEqual([
      undefined,
      'UnusedIAMRole',
      'UnusedPermission',
    ]);
    expect(nodes[2]?.properties.unused).toEqual([{ service: 's3', actions: ['DeleteBucket', 'PutObject'] }]);
    expect(aws.commandCalls(GetFindingV2Command).map(({ args }) => args[0].input.id)).toEqual(['p']);
  });

  it('of many unused services comes in pages', async () => {
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [UNUSED] });
    aws.on(ListFindingsV2Command).resolves({ findings: [unusedFinding('UnusedPermission', 'p')] });
    aws.on(GetFindingV2Command).resolves({ findingDetails: [UNUSED_PART], nextToken: '2' });
    aws.on(GetFindingV2Command, { nextToken: '2' }).resolves({
      findingDetails: [{ unusedPermissionDetails: { serviceNamespace: 'ec2' } }],
    });
    const { nodes } = await look(analyzers);
    expect(nodes[1]?.properties.unused).toEqual([
      { service: 'ec2', actions: null },
      { service: 's3', actions: ['DeleteBucket', 'PutObject'] },
    ]);
  });

  it('of internal access, whose details are refused, is there without them', async () => {
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [INTERNAL] });
    aws.on(ListFindingsV2Command).resolves({ findings: [anInternalFinding()] });
    aws.on(GetFindingV2Command).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(analyzers);
    expect(nodes[1]?.properties).toMatchObject({ finding_type: 'InternalAccess' });
    expect(nodes[1]?.properties).not.toHaveProperty('principals');
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'access-analyzer:GetFinding' })]);
  });

  it('and resolved while we looked is absent', async () => {
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [INTERNAL] });
    aws.on(ListFindingsV2Command).resolves({ findings: [anInternalFinding(), anInternalFinding({ id: 'i-2' })] });
    aws.on(GetFindingV2Command).resolves({ findingDetails: [INTERNAL_DETAILS] });
    aws.on(GetFindingV2Command, { id: 'i-1' }).rejects(awsError('ResourceNotFoundException', 'gone', 404));
    const { nodes, row } = await look(analyzers);
    expect(nodes.map(({ properties }) => properties.finding_id)).toEqual([undefined, 'i-2']);
    expect(row.status).toBe('complete');
  });

  it('and makes no sense is one gap, and the others are there', async () => {
    aws.on(ListFindingsCommand).resolves({
      findings: [anExternalFinding({ id: undefined }), anExternalFinding({ id: 'f-2' })],
    });
    const { nodes, gaps } = await look(analyzers);
    expect(nodes.map(({ properties }) => properties.finding_id)).toEqual([undefined, 'f-2']);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item' })]);
  });

  it('by one analyzer that fails leaves the others: the gap names it', async () => {
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [anAnalyzer(), UNUSED] });
    aws.on(ListFindingsCommand).rejects(awsError('AccessDeniedException'));
    aws.on(ListFindingsV2Command).resolves({ findings: [unusedFinding('UnusedIAMRole', 'r')] });
    const { nodes, gaps, row } = await look(analyzers);
    expect(nodes.map(({ entity_type }) => entity_type)).toEqual([
      'aws_access_analyzer',
      'aws_access_analyzer',
      'aws_access_finding',
    ]);
    expect(gaps).toEqual([
      expect.objectContaining({
        code: 'access_denied',
        action: 'access-analyzer:ListFindings',
        item: arnOf('outside'),
      }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('an answer without its list is malformed, and no region without findings', async () => {
    aws.on(ListFindingsCommand).resolves({});
    const { gaps, row } = await look(analyzers);
    expect(gaps).toEqual([expect.objectContaining({ code: 'source_unreachable', item: arnOf('outside') })]);
    expect(row.status).toBe('failed');
  });

  it('goes on inside the findings of an analyzer where an earlier part stopped', async () => {
    aws.on(ListAnalyzersCommand).resolves({ analyzers: [anAnalyzer(), UNUSED] });
    aws.on(ListFindingsCommand).resolves({ findings: [anExternalFinding()], nextToken: '2' });
    aws.on(ListFindingsCommand, { nextToken: '2' }).resolves({ findings: [anExternalFinding({ id: 'f-2' })] });
    const whole = await look(analyzers);
    for (const cursor of whole.cursors) {
      const at = whole.observations.findIndex((seen) => seen.kind === 'checkpoint' && seen.cursor === cursor);
      expect((await look(analyzers, cursor)).observations).toEqual(whole.observations.slice(at + 1));
    }
    expect(whole.cursors).toHaveLength(3);
  });
});

describe('the analyzers of a region', () => {
  it('that may not be listed are a gap', async () => {
    aws.on(ListAnalyzersCommand).rejects(awsError('AccessDeniedException'));
    const { gaps, row } = await look(analyzers);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'access-analyzer:ListAnalyzers' })]);
    expect(row.status).toBe('denied');
  });

  it('an answer without its list is malformed', async () => {
    aws.on(ListAnalyzersCommand).resolves({});
    expect((await look(analyzers)).row.status).toBe('failed');
  });
});
