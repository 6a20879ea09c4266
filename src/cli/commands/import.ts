import { InvalidArgumentError, Option, type Command } from 'commander';
import { openBackend, type Backend } from '#plinth';
import {
  conflictChoices,
  formatNames,
  type FormatName,
  type ImportOptions,
  type ImportReport,
  type OnConflict,
} from '#services/transfer/index.ts';
import { formatOf, openInput } from '../terminal/files.ts';
import { plural, printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { commandLog, settingsOf } from '../settings.ts';
import { Exit, type Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly format?: FormatName;
  readonly onConflict: OnConflict;
  readonly key?: string;
  readonly map: ReadonlyMap<string, string>;
  readonly lookup: ReadonlyMap<string, string>;
  readonly dateFormat?: string;
  readonly dryRun?: true;
  readonly skipInvalid?: true;
  readonly json?: true;
}

const errorsShownMax = 50;

export function registerImport(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .description(
      'Imports the records of a file, each validated as over HTTP. All or nothing, unless --skip-invalid.',
    )
    .argument('<collection>', 'where the records go')
    .argument('<file>', 'a CSV, NDJSON or JSON array file, or - for standard input')
    .addOption(
      new Option('--format <name>', 'what the file is, if its ending does not tell').choices(formatNames),
    )
    .addOption(
      new Option('--on-conflict <what>', 'what to do with a row whose record is there already')
        .choices(conflictChoices)
        .default('fail'),
    )
    .option('--key <property>', 'recognise records by this unique property (several: a,b) instead of id')
    .option(
      '--map <column=property>',
      'what a column is called here; nothing after = leaves it out',
      namePair,
      new Map(),
    )
    .option(
      '--lookup <reference=property>',
      'the file names the target by this unique property, not by its id',
      namePair,
      new Map(),
    )
    .option('--date-format <format>', 'how the file writes dates, such as "MMM DD YYYY" or "D.M.YYYY"')
    .option('--dry-run', 'do everything, then take it back')
    .option('--skip-invalid', 'import the good rows even if there are bad ones')
    .option('--json', 'print the report as JSON, with every error')
    .addHelpText('after', rules)
    .action((collection: string, file: string, options: Options) =>
      importFile(terminal, collection, file, options),
    );
}

async function importFile(
  terminal: Terminal,
  collection: string,
  file: string,
  options: Options,
): Promise<void> {
  const { map, lookup: lookups, onConflict, dateFormat, dryRun, skipInvalid, key, json } = options;
  const format = formatOf(file, options.format);
  const settings = settingsOf(terminal);
  const input = await openInput(terminal, file);
  const progress = createProgress(terminal, input.bytes);
  let backend: Backend | undefined;
  try {
    backend = await openBackend({ settings, log: commandLog(terminal) });
    const request: ImportOptions = {
      collection,
      format,
      open: input.open,
      onConflict,
      map,
      lookups,
      errorsMax: json ? Number.POSITIVE_INFINITY : errorsShownMax,
      onProgress: (state) => progress.update(state),
      ...(key !== undefined && { key: key.split(',').map((name) => name.trim()) }),
      ...(dateFormat !== undefined && { dateFormat }),
      ...(dryRun && { dryRun }),
      ...(skipInvalid && { skipInvalid }),
    };
    const report = await backend.transfer.import(request).finally(() => progress.end());
    if (json) printJson(terminal, report);
    else if (report.errors.length > 0) terminal.stderr.write(`${reportText(report)}\n`);
    const isDone = (report.invalid === 0 || skipInvalid === true) && report.unreadableFrom === undefined;
    if (!json)
      (isDone ? printLine : printFailure)(
        terminal,
        summaryText(report, { collection, dryRun: dryRun === true }),
      );
    if (!isDone) throw new Exit(1);
  } finally {
    await backend?.close();
    await input.close();
  }
}

function printFailure(terminal: Terminal, text: string): void {
  terminal.stderr.write(`${text}\n`);
}

/** Adds a pair, given as `column=property`. The last `=` separates: a column's name may hold others. */
function namePair(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = text.lastIndexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Write NAME=PROPERTY.');
  return new Map(before).set(text.slice(0, at), text.slice(at + 1).trim());
}

/** The errors of the rows, one a line: line, pointer, reason. */
function reportText({ errors, moreErrors }: ImportReport): string {
  const lines = errors.map(
    ({ line, pointer, detail, code }) =>
      `line ${line}: ${pointer === '' ? '' : `${pointer}: `}${detail} (${code})`,
  );
  if (moreErrors > 0) lines.push(`… and ${plural(moreErrors, 'more error')}; --json lists all`);
  return lines.join('\n');
}

/** The outcome of the import, in one or two sentences. */
function summaryText(
  report: ImportReport,
  { collection, dryRun }: { collection: string; dryRun: boolean },
): string {
  const { rows, created, updated, unchanged, skipped, invalid, unreadableFrom } = report;
  const counts = [
    `${created.toLocaleString('en')} created`,
    `${updated.toLocaleString('en')} updated`,
    `${unchanged.toLocaleString('en')} unchanged`,
    ...(skipped > 0 ? [`${skipped.toLocaleString('en')} skipped`] : []),
    ...(invalid > 0 ? [`${invalid.toLocaleString('en')} not valid`] : []),
  ].join(', ');
  const sentences = [`${collection}: ${plural(rows, 'row')}: ${counts}.`];
  if (unreadableFrom !== undefined) sentences.push(`The file cannot be read from line ${unreadableFrom} on.`);
  if (dryRun) sentences.push('Nothing was kept: this was a dry run.');
  else if (!report.committed)
    sentences.push('Nothing was imported. Correct these rows, or leave them out with --skip-invalid.');
  return sentences.join(' ');
}

const rules = `
Columns are matched to properties by --map, else by the same name, else by the same letters and digits whatever the
case ("US Gross" is usGross). createdAt, updatedAt and version in the file are passed over; id is kept.
An empty CSV cell is null; "" is an empty text. JSON in a cell is read where the property is an array or an object.

  plinth import airports airports.csv --on-conflict update --key iata
  plinth import movies movies.json --date-format "MMM DD YYYY" --skip-invalid`;
