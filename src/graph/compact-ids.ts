const SIZE = 32;
const HASH = /^[0-9a-f]{64}$/;

/** Ids of documents in a row: 32 bytes each, since an id is a hash in hex. Any other text is kept as it is. */
export class EdgeIds {
  #bytes = Buffer.alloc(SIZE * 1_024);
  #length = 0;
  readonly #others = new Map<number, string>();

  add(id: string): void {
    const begin = this.#length * SIZE;
    if (begin === this.#bytes.length) {
      const longer = Buffer.alloc(begin * 2);
      this.#bytes.copy(longer);
      this.#bytes = longer;
    }
    if (HASH.test(id)) this.#bytes.write(id, begin, 'hex');
    else this.#others.set(this.#length, id);
    this.#length += 1;
  }

  at(index: number): string {
    return this.#others.get(index) ?? this.#bytes.toString('hex', index * SIZE, (index + 1) * SIZE);
  }

  /** As the texts compare. */
  compare(a: number, b: number): number {
    if (this.#others.size > 0) {
      const [mine, theirs] = [this.at(a), this.at(b)];
      return mine < theirs ? -1 : mine > theirs ? 1 : 0;
    }
    const first = this.#bytes.readUInt32BE(a * SIZE) - this.#bytes.readUInt32BE(b * SIZE);
    return first || this.#bytes.compare(this.#bytes, b * SIZE, (b + 1) * SIZE, a * SIZE, (a + 1) * SIZE);
  }
}
