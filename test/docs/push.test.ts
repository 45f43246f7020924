import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { REPORT_NAMES } from '../../src/connectors/push/report.ts';

it('the page about pushing lists every name that a report may use', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/push.md'), 'utf8');
  const table: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = REPORT_NAMES;
  for (const [place, names] of Object.entries(table)) {
    for (const [ours, others] of Object.entries(names)) {
      expect(page).toContain(`| ${place} | \`${ours}\` | ${others.map((other) => `\`${other}\``).join(', ')} |`);
    }
  }
});
