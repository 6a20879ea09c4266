import { Option, type Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openBackend } from '#plinth';
import { formatNames, type FormatName } from '#services/transfer/index.ts';
import { formatOf } from '../terminal/files.ts';
import { commandLog, settingsOf } from '../settings.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function registerExport(program: Command, terminal: Terminal): void {
  program
    .command('export')
    .description(
      'Writes all records of a collection to a file, or to standard output, private properties included.',
    )
    .argument('<collection>', 'what to export')
    .argument('[file]', 'where to; without it, or with -, standard output')
    .addOption(
      new Option(
        '--format <name>',
        "what to write, if the file's ending does not tell; ndjson on standard output",
      ).choices(formatNames),
    )
    .addHelpText(
      'after',
      `
An export can be imported again: ids are kept, createdAt, updatedAt and version are set anew. writeOnly properties and
passwords are not part of it, so it is no backup. CSV cells are written as they are: when a spreadsheet is to open the
file, mind that it runs cells which begin with = as formulas.`,
    )
    .action((collection: string, file: string | undefined, options: { format?: FormatName }) =>
      exportTo(terminal, collection, file ?? '-', options.format),
    );
}

async function exportTo(
  terminal: Terminal,
  collection: string,
  file: string,
  requested: FormatName | undefined,
): Promise<void> {
  const format = file === '-' ? (requested ?? 'ndjson') : formatOf(file, requested);
  const backend = await openBackend({ settings: settingsOf(terminal), log: commandLog(terminal) });
  try {
    const text = Readable.from(backend.transfer.export({ collection, format }));
    await (file === '-' ? toStandardOutput(terminal, text) : toFile(file, text));
  } finally {
    await backend.close();
  }
}

/** The reader of standard output may close it early, as `head` does. */
async function toStandardOutput(terminal: Terminal, text: Readable): Promise<void> {
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => void terminal.stdout.write(chunk, done),
  });
  terminal.stdout.on('error', () => undefined);
  try {
    await pipeline(text, output);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/**
 * Writes the whole file or none, for its owner alone: a draft gets the name when it is complete. The draft is a new file,
 * so that no link under its name is followed. A pipe or a device is written to directly.
 */
async function toFile(file: string, text: Readable): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined && !found.isFile() && !found.isDirectory()) {
    return pipeline(text, createWriteStream(file));
  }
  const draft = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    await pipeline(text, createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    // The error names the file that was asked for, not the draft.
    throw Object.assign(error as Error, (error as NodeJS.ErrnoException).path === draft && { path: file });
  }
}
