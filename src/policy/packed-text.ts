const FIRST = 35;
const LAST = 126;
const BACKSLASH = 92;

/** Characters that codes are made of: `#` to `~` without the backslash, which a JSON string holds unescaped. */
export const CODE_CHARACTERS = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index)
  .filter((code) => code !== BACKSLASH)
  .map((code) => String.fromCharCode(code))
  .join('');

/** What packed texts are read with: pieces of text, the most frequent first, the code of each being its place in the list. */
export interface PackedDictionary {
  /** The first so many pieces have codes of one character; the codes of the others have two. */
  readonly short_codes: number;
  /** Separated by `!`. A piece is a plain text, or `^` and the codes of the two pieces that it is made of. */
  readonly pieces: string;
}

/**
 * A reader of packed texts. It is fast to start, since a piece is put together when it is first read.
 * Throws on a text that was not packed with this dictionary.
 */
export function unpacker({ short_codes, pieces }: PackedDictionary): (packed: string) => string {
  const base = CODE_CHARACTERS.length;
  const written = pieces.split('!');
  const read: string[] = [];

  const pieceAt = (place: number): string => {
    const known = read[place];
    if (known !== undefined) return known;
    const piece = written[place];
    if (piece === undefined) throw new Error(`no piece ${place} in a dictionary of ${written.length}`);
    const text = piece.startsWith('^') ? unpack(piece.slice(1)) : piece;
    read[place] = text;
    return text;
  };

  const unpack = (packed: string): string => {
    let text = '';
    for (let at = 0; at < packed.length; at++) {
      const first = digit(packed, at);
      if (first < short_codes) {
        text += pieceAt(first);
      } else {
        at += 1;
        text += pieceAt(short_codes + (first - short_codes) * base + digit(packed, at));
      }
    }
    return text;
  };
  return unpack;
}

/** Place of a character among `CODE_CHARACTERS`. */
function digit(packed: string, at: number): number {
  const code = packed.charCodeAt(at);
  if (code >= FIRST && code < BACKSLASH) return code - FIRST;
  if (code > BACKSLASH && code <= LAST) return code - FIRST - 1;
  throw new Error(`no code at ${at} of a packed text of ${packed.length} characters`);
}
