/** `*`: any run of characters, also none. */
const ANY_RUN = -1;
/** `?`: exactly one character. */
const ANY_ONE = -2;

/** A text to be matched whole, with or without wildcards. Made once, matched without allocating. */
export interface Pattern {
  /** The text as written, for people. */
  readonly text: string;
  /** Set where there is no wildcard at all: an exact text. */
  readonly literal: string | undefined;
  /** Set where the only wildcard is one `*` at the end: what stands before it. */
  readonly prefix: string | undefined;
  /** Character codes, `ANY_RUN` and `ANY_ONE`; none where `literal` or `prefix` says all. */
  readonly tokens: readonly number[];
}

/** Which characters of a text are wildcards: `*` and `?`, or none. */
export type Wildcards = 'wildcards' | 'literal';

/** Matches everything. */
export const ANYTHING: Pattern = { text: '*', tokens: [], literal: undefined, prefix: '' };

/** Adds the tokens of a piece of text to a pattern under construction. */
export function appendTokens(tokens: number[], text: string, wildcards: Wildcards): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (wildcards === 'wildcards' && code === 42) appendAnyRun(tokens);
    else tokens.push(wildcards === 'wildcards' && code === 63 ? ANY_ONE : code);
  }
}

/** Adds one `*`; two in a row are one. */
export function appendAnyRun(tokens: number[]): void {
  if (tokens.at(-1) !== ANY_RUN) tokens.push(ANY_RUN);
}

const NO_TOKENS: readonly number[] = [];

/** Finishes a pattern under construction. Policies are kept by the hundred thousand: what is the same text is one. */
export function patternOf(text: string, tokens: readonly number[]): Pattern {
  const wildcard = tokens.findIndex((token) => token < 0);
  if (wildcard < 0) {
    const literal = textOf(tokens);
    return { text, tokens: NO_TOKENS, literal: literal === text ? text : literal, prefix: undefined };
  }
  const isPrefix = wildcard === tokens.length - 1 && tokens[wildcard] === ANY_RUN;
  return isPrefix
    ? { text, tokens: NO_TOKENS, literal: undefined, prefix: textOf(tokens.slice(0, wildcard)) }
    : { text, tokens, literal: undefined, prefix: undefined };
}

const textOf = (codes: readonly number[]): string => codes.map((code) => String.fromCharCode(code)).join('');

/** A pattern in which `*` and `?` are wildcards, or plain characters. */
export function compilePattern(text: string, wildcards: Wildcards = 'wildcards'): Pattern {
  const tokens: number[] = [];
  appendTokens(tokens, text, wildcards);
  return patternOf(text, tokens);
}

/** Does the pattern match the whole text, upper and lower case being different? */
export function matchesPattern({ literal, prefix, tokens }: Pattern, text: string): boolean {
  if (literal !== undefined) return literal === text;
  return prefix === undefined ? glob(tokens, text) : text.startsWith(prefix);
}

/** Does the pattern, written in lower case, match the whole text in any case? */
export const matchesPatternIgnoringCase = (lowerCasePattern: Pattern, text: string): boolean =>
  matchesPattern(lowerCasePattern, text.toLowerCase());

/** Linear glob: on a mismatch, go back to the last `*` and let it swallow one more character. */
function glob(tokens: readonly number[], text: string): boolean {
  let token = 0;
  let at = 0;
  let afterRun = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const expected = tokens[token];
    if (expected === ANY_RUN) {
      token += 1;
      if (token === tokens.length) return true;
      afterRun = token;
      resumeAt = at;
    } else if (expected === ANY_ONE || expected === text.charCodeAt(at)) {
      token += 1;
      at += 1;
    } else if (afterRun >= 0) {
      token = afterRun;
      resumeAt += 1;
      at = resumeAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === ANY_RUN) token += 1;
  return token === tokens.length;
}
