import { RULES } from '../src/correlations/registry.ts';
import type { CorrelationRule, RuleSide } from '../src/correlations/rule.ts';

/** The section on every rule, from its declaration. */
export const ruleSections = (): string => [summary(), ...RULES.map(section)].join('\n\n');

const EFFECTS = { SAME_ENTITY: 'are one', BRIDGES_TO: 'left reaches right' } as const;

const summary = (): string => `| Rule | Effect | Confidence | By default |
| --- | --- | --- | --- |
${RULES.map(row).join('\n')}`;

const row = ({ id, effect, confidence, default_enabled }: CorrelationRule): string =>
  `| [\`${id}\`](#${id}) | \`${effect}\`: ${EFFECTS[effect]} | ${confidence} | ${default_enabled ? 'on' : 'off'} |`;

const section = ({ id, title, explanation, left, right }: CorrelationRule): string => `### ${id}

*${title}.* ${explanation}

| Side | Entities | Known by |
| --- | --- | --- |
${side('left', left)}
${side('right', right)}

Cases: [test/cases/correlations/${id}](../test/cases/correlations/${id}).`;

const side = (name: string, { entity_types, presents }: RuleSide): string =>
  `| ${name} | ${entity_types.map((type) => `\`${type}\``).join(', ')} | ${presents} |`;
