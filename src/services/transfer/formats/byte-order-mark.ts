import type { Bytes } from './row.ts';

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The same bytes without the byte order mark that some programs put before UTF-8. */
export async function* withoutMark(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const part of bytes) {
    if (head === undefined) {
      yield part;
      continue;
    }
    head = Buffer.concat([head, part]);
    if (head.length < mark.length) continue;
    yield head.subarray(0, mark.length).equals(mark) ? head.subarray(mark.length) : head;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}
