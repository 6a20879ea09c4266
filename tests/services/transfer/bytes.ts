/** A file of these bytes, in parts of a given size, so that every border is crossed. */
export async function* inParts(content: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content as string);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
  await Promise.resolve();
}

/** Rows as plain data: `[line, fields]`, or `[line, what is wrong]`. */
export async function collected(rows: AsyncIterable<{ line: number }>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows as AsyncIterable<{
    line: number;
    fields?: Map<string, unknown>;
    broken?: string;
  }>) {
    all.push([row.line, row.fields === undefined ? row.broken : Object.fromEntries(row.fields)]);
  }
  return all;
}
