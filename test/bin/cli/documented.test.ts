import { globSync, readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { programOf } from '../../../bin/cli/program.ts';

/** Documents that show commands of the CLI. */
const DOCUMENTS = ['README.md', ...globSync('docs/*.md')].toSorted();

/** The commands in the code blocks of a document: after a prompt, in `$(...)` or in a pipe, up to what is no part of them. */
function commandsOf(document: string): readonly string[] {
  const blocks = readFileSync(document, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm);
  return [...blocks].flatMap(([, block = '']) =>
    [...block.matchAll(/(?:^|\$\()(?:npx throughline|throughline|npm run (?:--silent )?cli --) (.+)$/gm)].map(
      ([, rest = '']) => rest,
    ),
  );
}

/** Variables of the documents, as somebody would have set them. */
const valued = (word: string): string =>
  word.replace(/\$([A-Z_]+)/g, (_, name: string) => (/URL|API/.test(name) ? 'https://hub.example' : 'x'));

/** The words of a command, as a shell makes them. */
function wordsOf(command: string): readonly string[] {
  const words: string[] = [];
  const token = /\s*(?:("(?:[^"]*)")|('(?:[^']*)')|([^\s'"|)#]+)|([|)#].*$))/gy;
  for (let match = token.exec(command); match; match = token.exec(command)) {
    const [, double, single, bare, end] = match;
    if (end !== undefined) break;
    words.push(single?.slice(1, -1) ?? valued(double?.slice(1, -1) ?? bare ?? ''));
  }
  return words;
}

/** The program with every action left out: what remains is whether the arguments are understood. */
function parse(words: readonly string[]): void {
  const said: string[] = [];
  const listening = Object.assign(new Writable({ write: (chunk, _, done) => done(void said.push(String(chunk))) }), {
    isTTY: false,
  });
  const stream: WriteStream = Object.setPrototypeOf(listening, WriteStream.prototype);
  const { program } = programOf({ env: {}, stdout: stream, stderr: stream }, true);
  const idle = (command: Command): void => {
    command.exitOverride();
    if (command.commands.length === 0) command.action(() => {});
    command.commands.forEach(idle);
  };
  program.commands.forEach(idle);
  program.parse([...words], { from: 'user' });
}

describe('commands in documents', () => {
  it('are found', () => {
    expect(commandsOf('docs/api.md').length).toBeGreaterThan(40);
    expect(wordsOf(`runs push a.ndjson --cron '30 2 * * 1-5' "$RUN" --json | jq -r '.[0]')`)).toEqual([
      ...['runs', 'push', 'a.ndjson', '--cron', '30 2 * * 1-5', 'x', '--json'],
    ]);
  });

  it.each(DOCUMENTS.flatMap((document) => commandsOf(document).map((command) => [document, command] as const)))(
    '%s: throughline %s',
    (_, command) => {
      const words = wordsOf(command).map((word) => (/^<.*>$/.test(word) ? 'x' : word));
      if (words.includes('--help')) return;
      expect(() => parse(words)).not.toThrow();
    },
  );

  it('that do not exist are noticed', () => {
    for (const wrong of ['walks list', 'runs stop', 'runs list --all', 'runs show', 'dlq list --queue odd']) {
      expect(() => parse(wordsOf(wrong))).toThrow();
    }
  });

  it('show every noun and verb there is, in docs/api.md', () => {
    const { program } = programOf({ env: {}, stdout: process.stdout, stderr: process.stderr });
    const text = readFileSync('docs/api.md', 'utf8');
    const all = program.commands.flatMap((noun) =>
      noun.commands.length === 0 ? [noun.name()] : noun.commands.map((verb) => `${noun.name()} ${verb.name()}`),
    );
    expect(all.filter((name) => !text.includes(`throughline ${name}`))).toEqual([]);
  });
});
