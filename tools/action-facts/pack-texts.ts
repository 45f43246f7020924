import { CODE_CHARACTERS, type PackedDictionary } from '../../src/policy/packed-text.ts';

/** Texts and the dictionary that reads them. */
export interface PackedTexts {
  readonly dictionary: PackedDictionary;
  readonly texts: readonly string[];
}

const BASE = CODE_CHARACTERS.length;

/** Words of identifiers, or single other characters: `GetObjectAcl` -> `Get` `Object` `Acl`. */
const WORDS = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]/g;

/** A pair that occurs less often saves little more than its place in the dictionary costs. */
const RARE = 10;
/** Pairs that are joined before all are counted anew, and how frequent they are beside the first of them: fewer take longer and save little. */
const JOINED_AT_ONCE = 64;
const NEARLY_AS_FREQUENT = 0.5;

/** A pair of pieces, as one number. */
const pairKey = (left: number, right: number): number => left * 65_536 + right;
const pairOf = (key: number): Pair => [Math.floor(key / 65_536), key % 65_536];
type Pair = readonly [left: number, right: number];

/**
 * Packs texts that share many words: byte pair encoding over words. The same texts always give the same result.
 * https://en.wikipedia.org/wiki/Byte_pair_encoding
 */
export function packTexts(texts: readonly string[]): PackedTexts {
  const { words, sequences } = split(texts);
  const pairs: Pair[] = [];
  let joined = sequences;
  for (;;) {
    const rules = nextPairs(joined, BASE * BASE - words.length - pairs.length);
    if (rules.length === 0) break;
    const first = words.length + pairs.length;
    const pieceOf = new Map(rules.map((key, index) => [key, first + index]));
    pairs.push(...rules.map(pairOf));
    joined = joined.map((sequence) => join(sequence, pieceOf));
  }
  return encode(words, pairs, joined);
}

/** Texts as numbers of words. */
function split(texts: readonly string[]): { words: readonly string[]; sequences: readonly (readonly number[])[] } {
  const numbers = new Map<string, number>();
  const numberOf = (word: string): number => {
    if (/[!^]/.test(word))
      throw new Error(`a text with "${word}" can't be packed: it means something in the dictionary`);
    const number = numbers.get(word) ?? numbers.size;
    numbers.set(word, number);
    return number;
  };
  const sequences = texts.map((text) => (text.match(WORDS) ?? []).map(numberOf));
  return { words: [...numbers.keys()], sequences };
}

/** The most frequent pairs of neighbours, none of which shares a piece with another. */
function nextPairs(sequences: readonly (readonly number[])[], room: number): readonly number[] {
  const frequent = [...pairCounts(sequences)].filter(([, count]) => count >= RARE);
  frequent.sort(([key, count], [otherKey, otherCount]) => otherCount - count || key - otherKey);
  const enough = (frequent[0]?.[1] ?? 0) * NEARLY_AS_FREQUENT;
  const taken = new Set<number>();
  const chosen: number[] = [];
  for (const [key, count] of frequent) {
    const [left, right] = pairOf(key);
    if (count < enough || chosen.length === Math.min(JOINED_AT_ONCE, room)) break;
    if (taken.has(left) || taken.has(right)) continue;
    taken.add(left).add(right);
    chosen.push(key);
  }
  return chosen;
}

function pairCounts(sequences: readonly (readonly number[])[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const sequence of sequences) {
    for (const [index, right] of sequence.entries()) {
      const left = sequence[index - 1];
      if (left === undefined) continue;
      const key = pairKey(left, right);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

function join(sequence: readonly number[], pieceOf: ReadonlyMap<number, number>): readonly number[] {
  const joined: number[] = [];
  let left: number | undefined;
  for (const right of sequence) {
    const piece = left === undefined ? undefined : pieceOf.get(pairKey(left, right));
    if (piece === undefined) {
      if (left !== undefined) joined.push(left);
      left = right;
    } else {
      joined.push(piece);
      left = undefined;
    }
  }
  if (left !== undefined) joined.push(left);
  return joined;
}

/** Gives the shortest codes to the most frequent pieces. */
function encode(
  words: readonly string[],
  pairs: readonly Pair[],
  sequences: readonly (readonly number[])[],
): PackedTexts {
  const count = words.length + pairs.length;
  const uses = new Array<number>(count).fill(0);
  for (const piece of [...sequences, ...pairs].flat()) uses[piece] = (uses[piece] ?? 0) + 1;
  const order = Array.from(uses.keys()).sort((a, b) => (uses[b] ?? 0) - (uses[a] ?? 0) || a - b);
  const places = new Map(order.map((piece, place) => [piece, place]));

  const short_codes = Math.floor((BASE * BASE - count) / (BASE - 1));
  const codeOf = (piece: number): string => {
    const place = places.get(piece) ?? 0;
    if (place < short_codes) return CODE_CHARACTERS.charAt(place);
    const long = place - short_codes;
    return CODE_CHARACTERS.charAt(short_codes + Math.floor(long / BASE)) + CODE_CHARACTERS.charAt(long % BASE);
  };
  const written = (piece: number): string =>
    words[piece] ?? `^${(pairs[piece - words.length] ?? []).map(codeOf).join('')}`;

  return {
    dictionary: { short_codes, pieces: order.map(written).join('!') },
    texts: sequences.map((sequence) => sequence.map(codeOf).join('')),
  };
}
