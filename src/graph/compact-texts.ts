/** Whole numbers in a row, four bytes each, as many as are added. */
export class IntList {
  #items = new Int32Array(1_024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const longer = new Int32Array(this.#length * 2);
      longer.set(this.#items);
      this.#items = longer;
    }
    this.#items[this.#length] = item;
    this.#length += 1;
  }

  /** 0 where there is none. */
  at(index: number): number {
    return this.#items[index] ?? 0;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  /** The numbers so far, without a copy. */
  items(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }
}

const CHUNK = 1 << 22;

/** Texts in a row, kept as bytes outside of the heap, so that millions of them cost no collection of garbage. */
export class TextList {
  readonly #chunks: Buffer[] = [];
  /** Of each text: its chunk, and where in it the text begins and ends. */
  readonly #places = new IntList();
  #free = 0;

  /** The place of the text in the list. */
  add(text: string): number {
    const size = Buffer.byteLength(text);
    const last = this.#chunks.at(-1);
    const chunk = last && this.#free + size <= last.length ? last : this.#addChunk(size);
    const begin = this.#free;
    this.#free += chunk.write(text, begin);
    this.#places.push(this.#chunks.length - 1);
    this.#places.push(begin);
    this.#places.push(this.#free);
    return this.#places.length / 3 - 1;
  }

  /** Empty where there is none. */
  at(index: number): string {
    const place = index * 3;
    const chunk = this.#chunks[this.#places.at(place)];
    return chunk ? chunk.toString('utf8', this.#places.at(place + 1), this.#places.at(place + 2)) : '';
  }

  #addChunk(size: number): Buffer {
    const chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, size));
    this.#chunks.push(chunk);
    this.#free = 0;
    return chunk;
  }
}

/** Texts that come again and again: each is kept once and known by its number. */
export class InternedTexts {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    this.#numbers.set(text, number);
    this.#texts.push(text);
    return number;
  }

  /** Empty where there is none. */
  at(number: number): string {
    return this.#texts[number] ?? '';
  }

  /** The text itself, as the one object that stands for all that are equal. */
  shared(text: string): string {
    return this.at(this.numberOf(text));
  }
}

/** Lists that come again and again, such as the names of properties. */
export class InternedLists<T extends string | number> {
  readonly #texts = new InternedTexts();
  readonly #lists: (readonly T[])[] = [];

  numberOf(list: readonly T[]): number {
    const number = this.#texts.numberOf(JSON.stringify(list));
    this.#lists[number] ??= list;
    return number;
  }

  /** Empty where there is none. */
  at(number: number): readonly T[] {
    return this.#lists[number] ?? [];
  }
}

/** What is known of each of some numbers: places in a list of lists. */
export interface Listing {
  /** The places of the lists that hold the number, in their order. */
  readonly of: (number: number) => Int32Array;
}

/** Turns `count` lists of numbers below `size` around: from each number to the places of the lists that hold it. */
export function listingBy(count: number, listAt: (place: number) => Int32Array, size: number): Listing {
  const starts = new Int32Array(size + 1);
  for (let place = 0; place < count; place += 1) {
    for (const number of listAt(place)) starts[number + 1] = (starts[number + 1] ?? 0) + 1;
  }
  for (let number = 1; number <= size; number += 1) starts[number] = (starts[number] ?? 0) + (starts[number - 1] ?? 0);
  const next = starts.slice();
  const places = new Int32Array(starts[size] ?? 0);
  for (let place = 0; place < count; place += 1) {
    for (const number of listAt(place)) {
      const at = next[number] ?? 0;
      places[at] = place;
      next[number] = at + 1;
    }
  }
  return { of: (number) => places.subarray(starts[number] ?? 0, starts[number + 1] ?? 0) };
}
