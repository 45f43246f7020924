import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_CHARACTERS, unpacker } from '../../src/policy/packed-text.ts';
import { packTexts } from '../../tools/action-facts/pack-texts.ts';

const character = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((one) => !/[!^]/.test(one));
const word = fc.oneof(fc.constantFrom('Get', 'List', 'Object', 'object', 'ACL', 'V2', ':', ',', '$', ' '), character);
const text = fc.array(word, { maxLength: 60 }).map((words) => words.join(''));

describe('packed texts', () => {
  it('are read as they were', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
        const packed = packTexts(texts);
        expect(packed.texts.map(unpacker(packed.dictionary))).toEqual(texts);
      }),
    );
  });

  it('are read as they were where there are more words than codes of one character', () => {
    const texts = Array.from({ length: 4_000 }, (_, index) => `Get${index}Thing,Put${index}Thing`);
    const packed = packTexts(texts);
    expect(packed.texts.map(unpacker(packed.dictionary))).toEqual(texts);
  });

  it('are shorter where words and runs of words come again', () => {
    const texts = Array.from({ length: 100 }, () => 'GetObjectTagging,PutObjectTagging');
    expect(packTexts(texts).texts.join('').length).toBeLessThan(texts.join('').length / 20);
  });

  it('need no escapes in JSON', () => {
    expect(JSON.stringify(CODE_CHARACTERS)).toBe(`"${CODE_CHARACTERS}"`);
    expect(new Set(CODE_CHARACTERS).size).toBe(91);
  });

  it.each(['a!b', 'a^b'])('%s is refused: the dictionary has a use for that character', (refused) => {
    expect(() => packTexts([refused])).toThrow("can't be packed");
  });

  it.each(['\\', ' ', '"', 'ÿ', '~', '~~'])('%j is refused where it was not packed with the dictionary', (packed) => {
    expect(() => unpacker({ short_codes: 1, pieces: 'Get' })(packed)).toThrow(/^no (code|piece)/);
  });
});
