import { AWS_COLLECTORS } from '../src/connectors/aws/all-collectors.ts';
import { AWS_CATEGORIES, AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from '../src/connectors/aws/categories.ts';
import type { AwsCollector } from '../src/connectors/aws/session.ts';
import { ASSERTED } from '../test/emulated/asserted.ts';

/** The page on coverage: what each collector sees, and against what that is tested. */
export function coveragePage(): string {
  const emulated = AWS_COLLECTORS.filter(({ id }) => ASSERTED[id] === 'emulator').length;
  return `# Coverage of AWS

<!-- Generated from the collectors' declarations and \`test/emulated/asserted.ts\` by \`npm run generate:connectors\`. -->

What each collector sees, and how that is known to work. *Emulator*: a test seeds an emulated account, looks at it through the spoke role with IAM enforced, and asserts what comes (\`test/emulated/\`); ${emulated} of ${AWS_COLLECTORS.length} collectors. *Recorded shapes*: the emulator lacks the API, or what it answers says nothing; the collector is tested on answers of the shapes that AWS documents. All of them are tested on such shapes for refusals, pages, odd items and what is gone (\`test/connectors/aws/\`).

What each action is for: [permissions](permissions.md).

${[AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY, ...AWS_CATEGORIES].map(section).join('\n\n')}
`;
}

function section(category: string): string {
  const collectors = AWS_COLLECTORS.filter((collector) => collector.category === category);
  return `## ${category}

| Collector | Looks | Entities | Edges | Actions | Asserted on |
| --- | --- | --- | --- | --- | --- |
${collectors.map(row).join('\n')}`;
}

const row = (collector: AwsCollector): string => {
  const { id, regional, entity_types, edge_types, actions } = collector;
  return `| ${[
    `\`${id}\``,
    regional ? 'in every region' : 'once',
    list(entity_types),
    list(edge_types),
    list(actions),
    assertedOn(id),
  ].join(' | ')} |`;
};

function assertedOn(id: string): string {
  const asserted = ASSERTED[id];
  if (asserted === 'emulator') return 'emulator';
  return asserted ? `recorded shapes: ${asserted.lacks}` : 'recorded shapes';
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? '-' : names.map((name) => `\`${name}\``).join(', ');
