import { ERROR_FACTS } from '../src/kernel/error-facts.ts';
import { ERROR_CODES } from '../src/kernel/failures.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The page on failures: one row for each code of the closed table. */
export function errorPage(): string {
  const rows = ERROR_CODES.map((code) => {
    const { status, title, remedy, responsible } = ERROR_FACTS[code];
    return `| \`${code}\` | ${status} | ${cell(title)} | ${cell(remedy)} | ${responsible} |`;
  });
  return `# Errors

<!-- Generated from \`src/kernel/error-facts.ts\` by \`npm run generate:errors\`. Change it there. -->

Every failure that Throughline understands has one of these codes, wherever it shows: in a problem that the API answers with, in \`errors\` of a run or cell, or in the coverage of a collector. The status is that of the HTTP answer where the failure answers a request; failures of a source show in runs and cells, where the status says nothing. Names in braces are filled in: \`{account_id}\` is the account that it happened in; what is in brackets is left out where that is not known.

A problem also carries \`detail\` (what happened, this time), \`errors\` (the fields that are wrong) and \`request_id\`. Anything that is not in this table is a bug: the API answers with status 500 and the code \`internal_error\`, and logs what happened under the request id.

| Code | Status | What happened | What to do | Responsible |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
