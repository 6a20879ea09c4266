import { carryDigits, parseJson } from '#domain/json/digits.ts';
import { hasDoubledNames } from '#domain/json/doubled-names.ts';

/** A file in parts of any length. */
export type Bytes = AsyncIterable<Uint8Array>;

/** A record of a file, not validated yet. CSV values are texts, or null for an empty cell; others are JSON. */
export interface Row {
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** A part of the file that cannot be read as a record. */
export interface BrokenRow {
  readonly line: number;
  readonly broken: string;
  /** The rest of the file cannot be read either. */
  readonly isEnd?: true;
}

/** The most bytes of a record: it is held in memory as a whole. */
export const rowBytesMax = 16 * 1024 * 1024;
export const rowTooLarge = `is larger than ${rowBytesMax / 1024 / 1024} MB`;

export const notUtf8 = 'holds bytes that are not UTF-8; save the file as UTF-8';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads the bytes of one JSON object. */
function rowFromJson(line: number, bytes: Uint8Array): Row | BrokenRow {
  let value: unknown;
  try {
    const text = decoder.decode(bytes);
    value = parseJson(text.trim());
    if (hasDoubledNames(text, value)) return { line, broken: 'has two members of one name' };
  } catch (error) {
    return {
      line,
      broken: error instanceof SyntaxError ? `is not valid JSON: ${reasonFor(error)}` : notUtf8,
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { line, broken: 'must be a JSON object' };
  }
  const fields = new Map(Object.entries(value));
  carryDigits(value, fields);
  return { line, fields };
}

/** The sentence of JSON.parse, without the text around the place, which may be long. */
function reasonFor(error: SyntaxError): string {
  return error.message.replace(/, (?:\.\.\.)?".*$/s, '').replace(/ \(line \d+ column \d+\)$/, '');
}

/** Collects the bytes of one record, which may lie in several parts of the file. */
export class RowBuffer {
  #parts: Uint8Array[] = [];
  #length = 0;

  add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get isTooLarge(): boolean {
    return this.#length > rowBytesMax;
  }

  /** The record, or the reason why it is none. Empties the buffer. */
  take(line: number): Row | BrokenRow {
    if (this.isTooLarge) {
      this.clear();
      return { line, broken: rowTooLarge };
    }
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts);
    this.clear();
    return rowFromJson(line, bytes);
  }

  clear(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
