import { systemPrincipal } from '#domain/access/principal.ts';
import type { Collection, Property } from '#domain/collections/model.ts';
import { valueOf, type RecordsService } from '#services/records/index.ts';
import { cellOf } from './cells.ts';
import type { FormatName } from './transfer.ts';

const pageLimit = '200';

type ExportedRecord = Readonly<Record<string, unknown>>;

interface FormatWriter {
  readonly head: string;
  /** The text between two records. */
  readonly separator: string;
  record(record: ExportedRecord): string;
  readonly tail: string;
}

/**
 * All records in order of creation, page by page, with every property but writeOnly ones. Records that are created or
 * removed meanwhile may or may not be among them.
 */
export async function* exportRecords(
  records: Pick<RecordsService, 'execute'>,
  collection: Collection,
  format: FormatName,
): AsyncGenerator<string> {
  const writer = writers[format]([...collection.properties.values()].filter(({ writeOnly }) => !writeOnly));
  let separator = '';
  let cursor: string | null = null;
  yield writer.head;
  do {
    const query = new Map([['limit', pageLimit]]);
    if (cursor !== null) query.set('cursor', cursor);
    const result = await records.execute(
      { kind: 'list', collection: collection.name, query },
      { principal: systemPrincipal },
    );
    const { data } = valueOf(result.page);
    yield data
      .map((record, index) => (index === 0 ? separator : writer.separator) + writer.record(record))
      .join('');
    if (data.length > 0) separator = writer.separator;
    cursor = result.next;
  } while (cursor !== null);
  yield writer.tail;
}

const writers: Readonly<Record<FormatName, (properties: readonly Property[]) => FormatWriter>> = {
  csv: (properties) => ({
    head: properties.map(({ name }) => name).join(','),
    separator: '',
    record: (record) =>
      `\r\n${properties.map((property) => cellOf(property, record[property.name])).join(',')}`,
    tail: '\r\n',
  }),
  ndjson: (properties) => ({
    head: '',
    separator: '',
    record: (record) => `${jsonOf(properties, record)}\n`,
    tail: '',
  }),
  json: (properties) => ({
    head: '[',
    separator: ',',
    record: (record) => `\n${jsonOf(properties, record)}`,
    tail: '\n]\n',
  }),
};

function jsonOf(properties: readonly Property[], record: ExportedRecord): string {
  return JSON.stringify(Object.fromEntries(properties.map(({ name }) => [name, record[name] ?? null])));
}
