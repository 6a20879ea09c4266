import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FormatName } from '#services/transfer/index.ts';
import { Exit, type Terminal } from './terminal.ts';

export interface InputFile {
  readonly bytes: number;
  /** Opens the file at its beginning; it may be called again. */
  readonly open: () => AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file that can be read more than once: standard input (`-`), or a pipe, is copied to a temporary file. */
export async function openInput(terminal: Terminal, file: string): Promise<InputFile> {
  if (file !== '-') {
    await access(file, constants.R_OK);
    const found = await stat(file);
    if (found.isDirectory()) throw new Exit(1, `${file} is a folder, not a file. Check its name.`);
    if (!found.isFile()) return copyOf(createReadStream(file));
    return {
      bytes: found.size,
      open: () => createReadStream(file),
      close: () => Promise.resolve(),
    };
  }
  return copyOf(terminal.stdin);
}

async function copyOf(stream: Readable): Promise<InputFile> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-import-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const copy = join(folder, 'input');
  try {
    await pipeline(stream, createWriteStream(copy, { mode: 0o600 }));
    return { bytes: (await stat(copy)).size, open: () => createReadStream(copy), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const formatsByEnding: Readonly<Record<string, FormatName>> = {
  csv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
};

/** The format of a file: the one asked for, or the one of its ending. Throws Exit with code 2 when it has neither. */
export function formatOf(file: string, requested: FormatName | undefined): FormatName {
  const ending = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = requested ?? (Object.hasOwn(formatsByEnding, ending) ? formatsByEnding[ending] : undefined);
  if (format !== undefined) return format;
  throw new Exit(
    2,
    `The ending of ${file} does not tell what it is. Say so with --format csv, ndjson or json.`,
  );
}
