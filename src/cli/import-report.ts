import type { ImportReport } from '#services/transfer/index.ts';
import { plural } from './output.ts';

/** One line an error: line, pointer, reason. */
export function reportText({ errors, moreErrors }: ImportReport): string {
  const lines = errors.map(
    ({ line, pointer, detail, code }) =>
      `line ${line}: ${pointer === '' ? '' : `${pointer}: `}${detail} (${code})`,
  );
  if (moreErrors > 0) lines.push(`… and ${plural(moreErrors, 'more error')}; --json lists all`);
  return lines.join('\n');
}

/** What came of the file, in one or two sentences. */
export function summaryText(
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
