import { describe, expect, it } from 'vitest';
import { askGraphHandler } from '../../lambdas/ask-graph/handler.ts';
import type { CorrelationSettings } from '../../src/correlations/settings.ts';
import { sha256 } from '../../src/kernel/canonical.ts';
import { type AskOptions, askedGraph, fitting } from '../../src/stitch/ask.ts';
import type { StitchInput } from '../../src/stitch/computation.ts';
import { decided, MOST_PREVIEWED } from '../../src/stitch/preview.ts';
import type { GraphQuestion } from '../../src/stitch/question.ts';
import { TENANT } from '../graph/estate.ts';
import { UNDECIDED } from './computed.ts';
import { DIRECTORY, federated, idOfThing, MCP_RULE, OAUTH_RULE, OIDC_RULE, switched, THINGS } from './federated.ts';

const ask = (
  question: GraphQuestion,
  options: Partial<AskOptions> = {},
  inputs: readonly StitchInput[] = federated(),
): unknown => {
  const graph = askedGraph(TENANT, { ...UNDECIDED, max_documents: 1_000, ...options });
  for (const input of inputs) graph.add(input);
  return graph.answer(question);
};
const MCP_ON = { settings: switched({ [MCP_RULE]: true }) };
const [BRIDGE, TABLE] = [idOfThing('bridge'), idOfThing('table')];

describe('a question about paths', () => {
  it('is answered over what rules join, as they are switched', () => {
    const question = { ask: 'paths', from: BRIDGE, to: TABLE } as const;
    expect(ask(question, MCP_ON)).toMatchObject({ answers: [{ unconditional: { hops: { length: 5 } } }] });
    expect(ask(question)).toMatchObject({ answers: [] });
  });

  it('may leave one end open', () => {
    expect(ask({ ask: 'paths', from: BRIDGE }, MCP_ON)).toMatchObject({ answers: [{ to: { id: TABLE } }] });
    const backwards = ask({ ask: 'paths', to: TABLE }, MCP_ON);
    expect(backwards).toMatchObject({
      answers: expect.arrayContaining([expect.objectContaining({ from: expect.objectContaining({ id: BRIDGE }) })]),
    });
  });

  it('stops at the hops that it names', () => {
    expect(ask({ ask: 'paths', from: BRIDGE, to: TABLE, max_hops: 4 }, MCP_ON)).toMatchObject({ answers: [] });
  });

  it('about an entity that is not there is not found', () => {
    expect(() => ask({ ask: 'paths', from: BRIDGE, to: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'not_found' }),
    );
  });
});

const isFederatedPair = (input: StitchInput): boolean =>
  input.kind === 'entity' && ['router', 'subject'].includes(input.entity.display_name);

const isSubject = (input: StitchInput): boolean => input.kind === 'entity' && input.entity.display_name === 'subject';
/** The issuer of v2 tokens, of the same directory. */
const V2_ISSUER = `https://login.microsoftonline.com/${DIRECTORY}/v2.0`;

describe('a preview', () => {
  const preview = (
    rules: Readonly<Record<string, boolean>>,
    settings: CorrelationSettings = UNDECIDED.settings,
  ): unknown =>
    ask(
      {
        ask: 'preview',
        rules: Object.entries(rules).map(([rule_id, enabled]) => ({ rule_id, enabled })),
        pairs: [],
      },
      { settings },
    );

  it('tells what would come', () => {
    expect(preview({ [MCP_RULE]: true })).toMatchObject({
      correlations: { appear: { count: 1, items: [{ brief: { rule_id: MCP_RULE } }] }, go: { count: 0 } },
      identities: { appear: { count: 0 }, change: { count: 0 }, go: { count: 0 } },
      paths: {
        appear: { count: 1, items: [{ brief: { verdict: 'allowed' } }] },
        change: { count: 0 },
        go: { count: 0 },
      },
      ambiguities: { before: 0, after: 0 },
      failed_rules: [],
    });
  });

  it('tells what would go', () => {
    expect(preview({ [MCP_RULE]: true, [OAUTH_RULE]: false }, MCP_ON.settings)).toMatchObject({
      correlations: { appear: { count: 0 }, go: { count: 1, items: [{ brief: { rule_id: OAUTH_RULE } }] } },
      identities: { go: { count: 1 } },
      paths: { go: { count: 1 } },
    });
  });

  it('tells what would be otherwise', () => {
    const subject = JSON.stringify(federated().filter(isSubject));
    const another: readonly StitchInput[] = JSON.parse(
      subject
        .replaceAll(THINGS.subject.source_system_id, V2_ISSUER)
        .replaceAll(idOfThing('subject'), sha256('another subject')),
    );
    const forbidden = { left: idOfThing('router'), right: idOfThing('subject'), decision: 'forbid' } as const;
    const answer = ask({ ask: 'preview', rules: [], pairs: [forbidden] }, {}, [...federated(), ...another]);
    expect(answer).toMatchObject({
      correlations: { go: { count: 1 }, change: { count: 0 }, appear: { count: 0 } },
      identities: { go: { count: 0 }, change: { count: 1, items: [{ brief: { source_records: { length: 2 } } }] } },
    });
  });

  it('of what is decided already is empty', () => {
    const none = { appear: { count: 0, items: [] }, change: { count: 0, items: [] }, go: { count: 0, items: [] } };
    expect(preview({ [OIDC_RULE]: true })).toMatchObject({ correlations: none, identities: none, paths: none });
  });

  it('names so many and counts all', () => {
    const pair = JSON.stringify(federated().filter(isFederatedPair));
    const many = Array.from({ length: MOST_PREVIEWED + 5 }, (_, index): StitchInput[] =>
      JSON.parse(
        pair
          .replaceAll(THINGS.router.source_record_id, `5d2f7e31-0a6b-4c8d-b3e9-${String(index).padStart(12, '0')}`)
          .replaceAll(idOfThing('router'), sha256(`router ${index}`))
          .replaceAll(idOfThing('subject'), sha256(`subject ${index}`)),
      ),
    ).flat();
    const answer = ask({ ask: 'preview', rules: [{ rule_id: OIDC_RULE, enabled: false }], pairs: [] }, {}, many);
    expect(answer).toMatchObject({
      correlations: { go: { count: MOST_PREVIEWED + 5, items: { length: MOST_PREVIEWED } } },
    });
  });

  it('puts its decisions in the place of those about the same rule or pair, whichever side is named first', () => {
    const before = switched({ [MCP_RULE]: true, [OIDC_RULE]: false });
    const by = { reason: 'r', changed_by: 'ada', changed_at: '' };
    const settings = { ...before, pairs: [{ left: 'a', right: 'b', decision: 'forbid' as const, ...by }] };
    const after = decided(settings, {
      rules: [{ rule_id: OIDC_RULE, enabled: true }],
      pairs: [{ left: 'b', right: 'a', decision: 'allow' }],
    });
    expect(after.rules.map(({ rule_id, enabled }) => [rule_id, enabled])).toEqual([
      [MCP_RULE, true],
      [OIDC_RULE, true],
    ]);
    expect(after.pairs.map(({ decision }) => decision)).toEqual(['allow']);
  });
});

describe('a question about a pair', () => {
  it('is answered with every rule', () => {
    const answer = ask({ ask: 'explain', left: BRIDGE, right: idOfThing('principal') });
    expect(answer).toMatchObject({
      rules: expect.arrayContaining([expect.objectContaining({ rule_id: MCP_RULE, outcome: 'rule_off' })]),
    });
  });
});

describe('an estate that is too large', () => {
  it('is refused as soon as it is known, with what to do', () => {
    const graph = askedGraph(TENANT, { ...UNDECIDED, max_documents: 3 });
    const [first, second, third, fourth] = federated();
    for (const input of [first, second, third]) if (input) graph.add(input);
    expect(() => fourth && graph.add(fourth)).toThrow(
      expect.objectContaining({ code: 'estate_too_large', details: { max_documents: 3 } }),
    );
  });
});

describe('an answer', () => {
  const end = { id: 'x', entity_type: 'aws_lambda_function', source_system_id: 's', source_record_id: 'r' } as const;
  const answer = {
    from: { ...end, display_name: 'a', observed: true },
    to: { ...end, display_name: 'b', observed: true },
  };
  const answers = {
    answers: Array.from({ length: 50 }, () => ({ ...answer, alternatives: 0, alternatives_capped: false })),
    undetermined: [],
    truncated: { hops: false, answers: false, places: false, undetermined: false },
  };

  it('that would not get through is cut, and says so', () => {
    const whole = JSON.stringify(answers).length;
    expect(fitting(answers, whole + 10)).toBe(answers);
    const cut = fitting(answers, Math.floor(whole / 2));
    expect(cut.truncated.answers).toBe(true);
    expect(cut.answers.length).toBeGreaterThan(20);
    expect(JSON.stringify(cut).length).toBeLessThanOrEqual(whole / 2);
  });
});

describe('the function that is asked', () => {
  const deps = (seen: unknown[] = []) => ({
    settings: { get: async () => MCP_ON.settings },
    async *input(whose: unknown) {
      seen.push(whose);
      yield* federated();
    },
    max_documents: 1_000,
  });
  const asked = { tenant_id: TENANT, workspace_ids: ['platform'], question: { ask: 'paths', from: BRIDGE } };

  it('loads what its caller sees, each time anew, and answers', async () => {
    const seen: unknown[] = [];
    const handle = askGraphHandler(deps(seen));
    expect(await handle(asked)).toMatchObject({ answer: { answers: [{ to: { id: TABLE } }] } });
    await handle({ ...asked, workspace_ids: [] });
    expect(seen).toEqual([
      { tenant_id: TENANT, workspace_ids: ['platform'] },
      { tenant_id: TENANT, workspace_ids: [] },
    ]);
  });

  it('answers a failure that is understood with its code, and throws any other', async () => {
    expect(await askGraphHandler({ ...deps(), max_documents: 1 })(asked)).toEqual({
      failure: {
        code: 'estate_too_large',
        message: expect.stringContaining('more than 1'),
        details: { max_documents: 1 },
      },
    });
    const away = { ...deps(), settings: { get: () => Promise.reject(new Error('the database is away')) } };
    await expect(askGraphHandler(away)(asked)).rejects.toThrow('the database is away');
  });

  it.each([{}, { ...asked, tenant_id: '' }, { ...asked, question: { ask: 'drop' } }, { ...asked, extra: 1 }])(
    'takes nothing but a question: %j',
    async (event) => {
      await expect(askGraphHandler(deps())(event)).rejects.toThrow();
    },
  );
});
