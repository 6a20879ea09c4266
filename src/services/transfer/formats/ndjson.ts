import { RowBuffer, type BrokenRow, type Bytes, type Row } from './row.ts';
import { withoutMark } from './byte-order-mark.ts';

const newline = 0x0a;
const blank = /^[ \t\r]*$/;

/** Reads one JSON object a line, blank lines left out. A broken line is one broken row; the next one is read as usual. */
export async function* readNdjson(bytes: Bytes): AsyncGenerator<Row | BrokenRow> {
  const buffer = new RowBuffer();
  let line = 1;
  for await (const part of withoutMark(bytes)) {
    let start = 0;
    for (let end = part.indexOf(newline); end >= 0; end = part.indexOf(newline, start)) {
      addTo(buffer, part.subarray(start, end));
      if (!buffer.isEmpty) yield buffer.take(line);
      line += 1;
      start = end + 1;
    }
    addTo(buffer, part.subarray(start));
  }
  if (!buffer.isEmpty) yield buffer.take(line);
}

function addTo(buffer: RowBuffer, part: Uint8Array): void {
  // A row that is too large already will be refused, so the rest of it is dropped.
  if (buffer.isTooLarge || (buffer.isEmpty && isBlank(part))) return;
  buffer.add(part);
}

function isBlank(part: Uint8Array): boolean {
  return part.length < 1024 && blank.test(Buffer.from(part).toString('latin1'));
}
