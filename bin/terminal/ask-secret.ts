import type { ReadStream } from 'node:tty';

/** Keys as a terminal in raw mode sends them. */
const ENTER = ['\r', '\n'];
const ERASE = ['\u007f', '\b'];
const INTERRUPT = '\u0003';
const END = '\u0004';

/** Asks a person for a secret; what is typed is shown nowhere. Ctrl-C ends the process with 130, as it does without us. */
export function askSecret(prompt: string, input: ReadStream, output: NodeJS.WriteStream): Promise<string> {
  // Before the question: whoever is quick is not shown either.
  input.setRawMode(true);
  input.setEncoding('utf8');
  output.write(prompt);
  return new Promise((resolve) => {
    let typed = '';
    const end = (): void => {
      input.setRawMode(false);
      input.pause();
      input.removeListener('data', hear);
      output.write('\n');
    };
    const hear = (keys: string): void => {
      for (const key of keys) {
        if (key === INTERRUPT) {
          end();
          process.exit(130);
        }
        if (ENTER.includes(key) || key === END) {
          end();
          resolve(typed);
          return;
        }
        typed = ERASE.includes(key) ? typed.slice(0, -1) : typed + key;
      }
    };
    input.on('data', hear);
    input.resume();
  });
}
