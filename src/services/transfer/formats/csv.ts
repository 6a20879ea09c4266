import { parse, type CsvError } from 'csv-parse';
import { pipeline } from 'node:stream';
import { rowBytesMax, rowTooLarge, type BrokenRow, type Bytes, type Row } from './row.ts';
import { ValidUtf8 } from './valid-utf8.ts';

interface Parsed {
  readonly record: readonly (string | null)[];
  readonly info: { readonly lines: number };
}

/**
 * Reads CSV as in RFC 4180, in UTF-8; the first record is the header. An empty cell is null, a quoted empty one ("") an
 * empty text; a quotation mark inside an unquoted cell is a character like any other. `onHeader` gets the names before
 * the first record and may throw. A record with another number of cells is a broken row. A mark that is never closed, or
 * bytes that are not UTF-8, end the reading: the beginning of the next record is unknown.
 */
export async function* readCsv(
  bytes: Bytes,
  onHeader: (names: readonly string[]) => void,
): AsyncGenerator<Row | BrokenRow> {
  let header: readonly string[] | undefined;
  let lastLine = 0;
  const failures: CsvError[] = [];
  const text = new ValidUtf8(bytes);
  // A failure of the source ends the parser, which is read below, with the same error.
  const parser = createParser((error) => failures.push(error));
  const records: AsyncIterable<Parsed> = pipeline(text, parser, () => undefined);
  for await (const { record, info } of records) {
    lastLine = info.lines;
    if (header !== undefined) {
      yield rowOf(record, header, firstLine(record, lastLine));
      continue;
    }
    header = record.map((name) => (name ?? '').trim());
    onHeader(header);
  }
  if (failures[0] !== undefined) yield { line: lastLine + 1, broken: reasonFor(failures[0]), isEnd: true };
  else if (text.failure !== undefined) yield text.failure;
}

function createParser(onBroken: (error: CsvError) => void) {
  return parse({
    bom: true,
    info: true,
    recordDelimiter: ['\r\n', '\n', '\r'],
    relaxColumnCount: true,
    relaxQuotes: true,
    skipEmptyLines: true,
    // An error that is thrown would discard the records before it, so it is collected.
    skipRecordsWithError: true,
    onSkip(error) {
      if (error !== undefined) onBroken(error);
      return undefined;
    },
    maxRecordSize: rowBytesMax,
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
  });
}

function rowOf(record: Parsed['record'], header: readonly string[], line: number): Row | BrokenRow {
  if (record.length !== header.length) {
    return { line, broken: `has ${record.length} cells, the header has ${header.length}` };
  }
  return { line, fields: new Map(record.map((value, index) => [header[index] as string, value])) };
}

/** The line on which a record begins; the parser reports the one on which it ends. */
function firstLine(record: Parsed['record'], lastLine: number): number {
  return record.reduce((line, value) => line - (value?.split('\n').length ?? 1) + 1, lastLine);
}

function reasonFor(error: CsvError): string {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'has a quotation mark that is never closed';
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return `${rowTooLarge}, or has a quotation mark that is never closed`;
  return error.message;
}
