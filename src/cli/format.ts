import type { FormatName } from '#services/transfer/index.ts';
import { Exit } from './exit.ts';

const formatsByEnding: Readonly<Record<string, FormatName>> = {
  csv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
};

/** The format that was asked for, or that the file's ending tells. Throws Exit with 2 when neither does. */
export function formatOf(file: string, asked: FormatName | undefined): FormatName {
  const ending = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = asked ?? (Object.hasOwn(formatsByEnding, ending) ? formatsByEnding[ending] : undefined);
  if (format !== undefined) return format;
  throw new Exit(
    2,
    `The ending of ${file} does not tell what it is. Say so with --format csv, ndjson or json.`,
  );
}
