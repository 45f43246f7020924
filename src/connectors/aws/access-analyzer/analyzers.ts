import {
  AccessAnalyzerClient,
  type AnalyzerSummary,
  type FindingDetails,
  type FindingSummaryV2,
  GetFindingV2Command,
  type GetFindingV2Response,
  ListAnalyzersCommand,
  ListArchiveRulesCommand,
  type ListArchiveRulesResponse,
  ListFindingsCommand,
  ListFindingsV2Command,
} from '@aws-sdk/client-accessanalyzer';
import type { Observation } from '../../../observations/observation.ts';
import { type ListingStep, nestedListings, type ReadPage, type StepOutcome } from '../nested-listings.ts';
import { required } from '../properties.ts';
import { listed, oneItem, pages, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { ANALYZERS, ARCHIVE_RULES, toAnalyzer } from './analyzer.ts';
import { DETAILS, FINDINGS, needsDetails, toExternalFinding, toFinding } from './finding.ts';

/** Those whose findings the older listing has. https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindings.html */
const EXTERNAL: readonly (string | undefined)[] = ['ACCOUNT', 'ORGANIZATION'];

/** What was archived or resolved is nothing that anybody has to act on. */
const ACTIVE = { status: { eq: ['ACTIVE'] } };

/** The analyzers of a region and what they found. An organization's analyzer is told where it lives, with its findings in all accounts. */
export const analyzers: AwsCollector = {
  id: 'access-analyzer.analyzers',
  category: 'aws_access_analyzer',
  regional: true,
  entity_types: ['aws_access_analyzer', 'aws_access_finding'],
  edge_types: ['BELONGS_TO'],
  actions: [ANALYZERS, ARCHIVE_RULES, FINDINGS, DETAILS],
  async *collect(session, cursor) {
    yield* nestedListings({
      first: 'analyzers',
      cursor,
      look: (step, read) => {
        if (step.list === 'external') return externalFindings(session, step, read);
        if (step.list === 'findings') return findings(session, step, read);
        return analyzersOf(session, read);
      },
    });
  },
};

async function* analyzersOf(session: AwsSession, read: ReadPage): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(AccessAnalyzerClient);
  const page = await read(ANALYZERS, (nextToken) => client.send(new ListAnalyzersCommand({ nextToken })));
  const found = listed(ANALYZERS, page.analyzers);
  for (const analyzer of found) {
    const item = analyzer.arn ?? 'an analyzer without an ARN';
    yield* oneItem({ action: ANALYZERS, item }, () => lookAtAnalyzer(session, analyzer));
  }
  const below = found.flatMap(({ arn, type }) =>
    arn ? [{ list: EXTERNAL.includes(type) ? 'external' : 'findings', parent: arn }] : [],
  );
  return { next: page.nextToken, below };
}

async function* lookAtAnalyzer(
  session: AwsSession,
  analyzer: AnalyzerSummary,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(AccessAnalyzerClient);
  const analyzerName = required(analyzer.name, 'name');
  const listing = pages<ListArchiveRulesResponse>({
    action: ARCHIVE_RULES,
    fetch: (nextToken) => client.send(new ListArchiveRulesCommand({ analyzerName, nextToken })),
    next: (page) => page.nextToken,
  });
  const rules = yield* readItem({ action: ARCHIVE_RULES, item: required(analyzer.arn, 'arn') }, async () => {
    const names: string[] = [];
    for await (const { archiveRules } of listing) {
      names.push(...listed(ARCHIVE_RULES, archiveRules).map(({ ruleName }) => required(ruleName, 'ruleName')));
    }
    return names;
  });
  yield* toAnalyzer(analyzer, session, rules);
}

async function* externalFindings(
  session: AwsSession,
  { parent }: ListingStep,
  read: ReadPage,
): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(AccessAnalyzerClient);
  const analyzer = required(parent, 'analyzer');
  const page = await read(FINDINGS, (nextToken) =>
    client.send(new ListFindingsCommand({ analyzerArn: analyzer, filter: ACTIVE, nextToken })),
  );
  for (const finding of listed(FINDINGS, page.findings)) {
    const item = `finding ${finding.id} of ${analyzer}`;
    yield* oneItem({ action: FINDINGS, item }, () => toExternalFinding(finding, { session, analyzer }));
  }
  return { next: page.nextToken };
}

async function* findings(
  session: AwsSession,
  { parent }: ListingStep,
  read: ReadPage,
): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(AccessAnalyzerClient);
  const analyzer = required(parent, 'analyzer');
  const page = await read(FINDINGS, (nextToken) =>
    client.send(new ListFindingsV2Command({ analyzerArn: analyzer, filter: ACTIVE, nextToken })),
  );
  for (const finding of listed(FINDINGS, page.findings)) {
    const item = `finding ${finding.id} of ${analyzer}`;
    yield* oneItem({ action: FINDINGS, item }, () => lookAtFinding(session, analyzer, finding));
  }
  return { next: page.nextToken };
}

async function* lookAtFinding(
  session: AwsSession,
  analyzer: string,
  finding: FindingSummaryV2,
): AsyncGenerator<Observation, void, undefined> {
  const id = required(finding.id, 'id');
  const by = { session, analyzer };
  if (!needsDetails(finding)) return yield* toFinding(finding, by, { known: false });
  const item = `finding ${id} of ${analyzer}`;
  const details = yield* readItem({ action: DETAILS, item }, () => detailsOf(session, analyzer, id));
  yield* toFinding(finding, by, details);
}

/** The details come in parts: an identity with many unused services has more than a page of them. */
async function detailsOf(session: AwsSession, analyzerArn: string, id: string): Promise<readonly FindingDetails[]> {
  const client = session.client(AccessAnalyzerClient);
  const parts: FindingDetails[] = [];
  const listing = pages<GetFindingV2Response>({
    action: DETAILS,
    fetch: (nextToken) => client.send(new GetFindingV2Command({ analyzerArn, id, nextToken })),
    next: (page) => page.nextToken,
  });
  for await (const { findingDetails } of listing) parts.push(...listed(DETAILS, findingDetails));
  return parts;
}
