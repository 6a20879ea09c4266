import { isUtf8 } from 'node:buffer';
import { notUtf8, rowBytesMax, rowTooLarge, type BrokenRow, type Bytes } from './row.ts';

const newline = 0x0a;

/** The text of a file up to the first line that is not UTF-8; `failure` names that line. */
export class ValidUtf8 implements AsyncIterable<string> {
  readonly #bytes: Bytes;
  /** Set, if at all, when the text has been read to its end. */
  failure: BrokenRow | undefined;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    let line = 1;
    let rest: Uint8Array = Buffer.alloc(0);
    for await (const part of this.#bytes) {
      const end = part.lastIndexOf(newline) + 1;
      const whole = end === 0 ? Buffer.alloc(0) : Buffer.concat([rest, part.subarray(0, end)]);
      rest = end === 0 ? Buffer.concat([rest, part]) : Buffer.from(part.subarray(end));
      const { text, lines } = validLines(whole);
      yield text;
      line += lines;
      if (Buffer.byteLength(text) < whole.length) return this.#fail(line, notUtf8);
      if (rest.length > rowBytesMax) return this.#fail(line, rowTooLarge);
    }
    if (isUtf8(rest)) yield Buffer.from(rest).toString('utf8');
    else this.#fail(line, notUtf8);
    return undefined;
  }

  #fail(line: number, broken: string): undefined {
    this.failure = { line, broken, isEnd: true };
  }
}

/** The lines before the first one that is not UTF-8, and their number. */
function validLines(whole: Uint8Array): { text: string; lines: number } {
  const isValid = isUtf8(whole);
  let lines = 0;
  let start = 0;
  for (let end = whole.indexOf(newline); end >= 0; end = whole.indexOf(newline, start)) {
    if (!isValid && !isUtf8(whole.subarray(start, end))) break;
    lines += 1;
    start = end + 1;
  }
  return { text: Buffer.from(whole.subarray(0, start)).toString('utf8'), lines };
}
