import type { ShownCorrelation, ShownIdentity } from '../../../bin/results-client.ts';
import type { ShownRule } from '../../../lambdas/api/answers/correlation-rules.ts';
import type { ShownSettings } from '../../../lambdas/api/answers/correlation-settings.ts';
import type { ShownEdge, ShownEntity } from '../../../lambdas/api/answers/entities.ts';
import type { ShownStitchAudit } from '../../../lambdas/api/answers/stitch-audit.ts';
import type { ShownStitchRun } from '../../../lambdas/api/answers/stitch-runs.ts';
import type { PairExplanation } from '../../../src/correlations/explain.ts';
import type { PathAnswers } from '../../../src/paths/between.ts';
import type { PathDifference } from '../../../src/stitch/diff.ts';
import type { Preview } from '../../../src/stitch/preview.ts';
import { one, page, type Route } from './fake-hub.ts';

/** What a fake hub knows of what was found. */
export interface KnownResults {
  readonly entities?: readonly ShownEntity[];
  readonly edges?: readonly ShownEdge[];
  readonly identities?: readonly ShownIdentity[];
  readonly correlations?: readonly ShownCorrelation[];
  readonly rules?: readonly ShownRule[];
  readonly settings?: ShownSettings;
  readonly explanation?: PairExplanation;
  readonly answers?: PathAnswers;
  readonly differences?: readonly PathDifference[];
  readonly preview?: Preview;
  readonly entries?: readonly ShownStitchAudit[];
}

/** Its routes. A change of settings is taken as it is, by its version. */
export function resultRoutes(known: KnownResults, stitches: readonly ShownStitchRun[]): readonly Route[] {
  const settings = known.settings ?? { tenant_id: 'acme', version: 0, rules: [], pairs: [] };
  return [
    [
      'GET',
      /^\/entities$/,
      ({ query }) => {
        const record = query.get('source_record_id');
        const fitting = known.entities?.filter((entity) => record === null || entity.source_record_id === record);
        return [200, page(fitting, query)];
      },
    ],
    ['GET', /^\/entities\/(.+)\/edges$/, ({ query }) => [200, page(known.edges, query)]],
    ['GET', /^\/entities\/(.+)$/, (_, id) => [200, one(known.entities, id, 'entity')]],
    ['GET', /^\/canonical-identities$/, ({ query }) => [200, page(known.identities, query)]],
    ['GET', /^\/canonical-identities\/(.+)$/, (_, id) => [200, one(known.identities, id, 'canonical identity')]],
    ['GET', /^\/correlations$/, ({ query }) => [200, page(known.correlations, query)]],
    ['GET', /^\/correlations\/explain$/, () => [200, known.explanation]],
    ['GET', /^\/correlation-rules$/, ({ query }) => [200, page(known.rules, query)]],
    ['GET', /^\/correlation-settings$/, () => [200, settings]],
    [
      'PUT',
      /^\/correlation-settings$/,
      ({ body }) => [200, { ...settings, ...body, version: Number(body.version) + 1 }],
    ],
    ['POST', /^\/paths\/query$/, () => [200, known.answers]],
    ['GET', /^\/paths\/diff$/, ({ query }) => [200, page(known.differences, query)]],
    ['POST', /^\/stitch-runs$/, () => [202, { tenant_id: 'acme', generation: stitches[0]?.generation ?? 1 }]],
    ['POST', /^\/stitch-runs\/preview$/, () => [200, known.preview]],
    ['GET', /^\/stitch-runs\/(.+)$/, (_, id) => [200, one(stitches, id, 'stitch')]],
    ['GET', /^\/stitch-audit$/, ({ query }) => [200, page(known.entries, query)]],
  ];
}
