import { RowBuffer, type BrokenRow, type Bytes, type Row } from './row.ts';
import { withoutMark } from './byte-order-mark.ts';

const newline = 0x0a;
const blank = /^[ \t\r]*$/;

/** One JSON object a line; blank lines are passed over. A broken line is one bad row, the next is read as usual. */
export async function* readNdjson(bytes: Bytes): AsyncGenerator<Row | BrokenRow> {
  const gathering = new RowBuffer();
  let line = 1;
  for await (const part of withoutMark(bytes)) {
    let start = 0;
    for (let end = part.indexOf(newline); end >= 0; end = part.indexOf(newline, start)) {
      gather(gathering, part.subarray(start, end));
      if (!gathering.isEmpty) yield gathering.take(line);
      line += 1;
      start = end + 1;
    }
    gather(gathering, part.subarray(start));
  }
  if (!gathering.isEmpty) yield gathering.take(line);
}

function gather(gathering: RowBuffer, part: Uint8Array): void {
  // What is too large already need not be kept to be refused.
  if (gathering.isTooLarge || (gathering.isEmpty && isBlank(part))) return;
  gathering.add(part);
}

function isBlank(part: Uint8Array): boolean {
  return part.length < 1024 && blank.test(Buffer.from(part).toString('latin1'));
}
