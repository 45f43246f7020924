import type { LineageRecord } from '../inventory/merge.ts';
import { InternedTexts } from './compact-texts.ts';

/** A record that lineages name again and again: what a document is about, or an end of an edge. */
export interface NamedRecord {
  readonly source_system_id: string;
  readonly source_record_id: string;
}

/** Stand for the record that has their place: characters that no source writes. */
const MARKS = ['\u0001', '\u0002'] as const;

/** What lineages of different documents have in common: all but the records that they are about. Kept once and known by its number. */
export class LineageTable {
  readonly #templates = new InternedTexts();
  readonly #parsed = new Map<number, readonly Template[]>();

  /** The lineage of something that is about one record, or joins two. */
  numberOf(lineage: readonly LineageRecord[], about: readonly NamedRecord[]): number {
    const templates = lineage.map(
      ({ source_system_id, source_record_id, source_field_path, api, observed_at, run_id }): Template => {
        const whose = about.findIndex(
          (record) => record.source_record_id === source_record_id && record.source_system_id === source_system_id,
        );
        const path = about.reduce(
          (text, record, index) => text.replaceAll(record.source_record_id, MARKS[index] ?? ''),
          source_field_path,
        );
        const plain = MARKS.some((mark) => source_field_path.includes(mark));
        const where: Template[0] = whose < 0 ? [source_system_id, source_record_id] : whose;
        return [where, plain ? source_field_path : path, plain, api, observed_at, run_id];
      },
    );
    return this.#templates.numberOf(JSON.stringify(templates));
  }

  /** The lineage of that number, about these records. */
  at(number: number, about: readonly NamedRecord[]): readonly LineageRecord[] {
    return this.#read(number).map(([where, path, plain, api, observed_at, run_id]) => {
      const own = typeof where === 'number' ? about[where] : undefined;
      const [system, record] = typeof where === 'number' ? [] : where;
      const source_field_path = plain
        ? path
        : about.reduce((text, one, index) => text.replaceAll(MARKS[index] ?? '', () => one.source_record_id), path);
      return {
        source_system_id: own?.source_system_id ?? system ?? '',
        source_record_id: own?.source_record_id ?? record ?? '',
        source_field_path,
        api,
        observed_at,
        run_id,
      };
    });
  }

  #read(number: number): readonly Template[] {
    const known = this.#parsed.get(number);
    if (known) return known;
    const templates: readonly Template[] = JSON.parse(this.#templates.at(number) || '[]');
    // Of most there are thousands of each; of the others one is not worth keeping.
    if (this.#parsed.size < 10_000) this.#parsed.set(number, templates);
    return templates;
  }
}

/** Whose record (the place of one that it is about, or system and record), path, whether the path is as written, call, time, run. */
type Template = readonly [number | readonly [string, string], string, boolean, string, string, string];
