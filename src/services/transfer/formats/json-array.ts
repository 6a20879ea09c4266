import { withoutMark } from './byte-order-mark.ts';
import { RowBuffer, rowTooLarge, type BrokenRow, type Bytes, type Row } from './row.ts';

const codes = {
  quote: 0x22,
  comma: 0x2c,
  opening: 0x5b,
  backslash: 0x5c,
  closing: 0x5d,
  begin: 0x7b,
  end: 0x7d,
};
const newline = 0x0a;

/**
 * Reads the objects of one JSON array. Only the borders between elements are found here, past commas in strings and in
 * nested values; JSON.parse reads each element. So a broken element is one broken row, memory holds one element at a
 * time, and the line of each is known.
 */
export async function* readJsonArray(bytes: Bytes): AsyncGenerator<Row | BrokenRow> {
  const elements = new Elements();
  for await (const part of withoutMark(bytes)) {
    yield* elements.read(part);
    if (elements.hasFailed) return;
  }
  yield* elements.finish();
}

class Elements {
  #position: 'before' | 'within' | 'after' = 'before';
  readonly #nesting = new Nesting();
  readonly #buffer = new RowBuffer();
  #line = 1;
  /** The line on which the current element begins; undefined until its first character other than space. */
  #elementLine: number | undefined;
  #count = 0;
  hasFailed = false;

  *read(part: Uint8Array): Generator<Row | BrokenRow> {
    let start = 0;
    for (let index = 0; index < part.length && !this.hasFailed; index++) {
      const byte = part[index] as number;
      if (byte === newline) this.#line += 1;
      if (this.#position !== 'within') {
        yield* this.#outside(byte);
        start = index + 1;
      } else if (this.#nesting.isBorder(byte)) {
        this.#buffer.add(part.subarray(start, index));
        yield* this.#element(byte === codes.closing);
        start = index + 1;
      } else if (this.#elementLine === undefined && !isSpace(byte)) {
        this.#elementLine = this.#line;
      }
    }
    if (this.#position === 'within') this.#buffer.add(part.subarray(start));
    if (this.#buffer.isTooLarge) yield* this.#fail(`${rowTooLarge}, or has a text that never ends`);
  }

  *finish(): Generator<Row | BrokenRow> {
    if (this.hasFailed || this.#position === 'after') return;
    yield* this.#fail(
      this.#position === 'before' ? 'the file is empty' : 'the file ends before its array does',
    );
  }

  *#outside(byte: number): Generator<BrokenRow> {
    if (isSpace(byte)) return;
    if (this.#position === 'after') yield* this.#fail('nothing may follow the array');
    else if (byte === codes.opening) this.#position = 'within';
    else
      yield* this.#fail('the file must be one JSON array; for an object on each line the format is ndjson');
  }

  *#element(isLast: boolean): Generator<Row | BrokenRow> {
    const isEmptyArray = this.#elementLine === undefined && isLast && this.#count === 0;
    const row = this.#buffer.take(this.#elementLine ?? this.#line);
    this.#elementLine = undefined;
    this.#count += 1;
    if (isLast) this.#position = 'after';
    if (!isEmptyArray) yield row;
  }

  *#fail(broken: string): Generator<BrokenRow> {
    this.hasFailed = true;
    yield { line: this.#elementLine ?? this.#line, broken, isEnd: true };
  }
}

/** Tracks strings and brackets, byte by byte; in UTF-8 these bytes are never part of another character. */
class Nesting {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Whether this byte ends an element of the outermost array. */
  isBorder(byte: number): boolean {
    if (this.#isInString) this.#withinString(byte);
    else if (byte === codes.quote) this.#isInString = true;
    else if (byte === codes.begin || byte === codes.opening) this.#depth += 1;
    else if (this.#depth === 0) return byte === codes.comma || byte === codes.closing;
    else if (byte === codes.end || byte === codes.closing) this.#depth -= 1;
    return false;
  }

  #withinString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === codes.backslash) this.#isEscaped = true;
    else if (byte === codes.quote) this.#isInString = false;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
}
