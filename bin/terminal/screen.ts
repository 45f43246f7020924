import { styleText } from 'node:util';
import cliProgress from 'cli-progress';
import { type Row, renderTable } from './table.ts';

type Style = Parameters<typeof styleText>[0];

/** How far something is. */
export interface Progress {
  /** `detail` says what is under way, in a few words. */
  update(done: number, total: number, detail: string): void;
  stop(): void;
}

/** Where the story is told: plain lines, and on a terminal also colours and a moving bar. */
export interface Screen {
  chapter(title: string): void;
  line(text?: string): void;
  /** A less important line. */
  note(text: string): void;
  table(head: readonly string[], rows: readonly Row[]): void;
  verdict(good: boolean, text: string): void;
  /** `unit` names what is counted. @default cells */
  progress(title: string, unit?: string): Progress;
  /** The text in a style, where there are styles. */
  paint(style: Style, text: string): string;
}

/** A screen on a stream. Colours and bars only if it is a terminal; `NO_COLOR` is respected. */
export function screenOn(stream: NodeJS.WriteStream): Screen {
  const paint = (style: Style, text: string): string => styleText(style, text, { stream });
  const line = (text = ''): void => {
    stream.write(`${text}\n`);
  };
  let chapters = 0;
  return {
    chapter: (title) => {
      chapters += 1;
      line();
      line(paint('bold', `${chapters}. ${title}`));
    },
    line,
    note: (text) => line(paint('dim', `   ${text}`)),
    table: (head, rows) => {
      for (const text of renderTable(head, rows, paint)) line(`   ${text}`);
    },
    verdict: (good, text) => line(`   ${good ? paint('green', '✓') : paint('red', '✗')} ${text}`),
    progress: (title, unit = 'cells') => (stream.isTTY ? bar(stream, title, unit) : steps(title, unit, line)),
    paint,
  };
}

function bar(stream: NodeJS.WriteStream, title: string, unit: string): Progress {
  const shown = new cliProgress.SingleBar(
    {
      format: `   ${title} {bar} {value}/{total} ${unit}  {detail}`,
      barsize: 30,
      hideCursor: true,
      // Ctrl-C gives the cursor back.
      gracefulExit: true,
      stream,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    update: (done, total, detail) => {
      if (!started) shown.start(total, done, { detail });
      started = true;
      shown.setTotal(total);
      shown.update(done, { detail });
    },
    stop: () => {
      if (started) shown.stop();
    },
  };
}

/** Without a terminal: a line whenever a number changes. */
function steps(title: string, unit: string, line: (text: string) => void): Progress {
  let last = '';
  return {
    update: (done, total, detail) => {
      const text = `   ${title}: ${done}/${total} ${unit}  ${detail}`.trimEnd();
      if (text !== last) line(text);
      last = text;
    },
    stop: () => {},
  };
}
