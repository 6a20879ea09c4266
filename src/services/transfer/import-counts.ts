import type { ImportReport, RowError } from './transfer.ts';

export type RowOutcome = 'created' | 'updated' | 'unchanged' | 'skipped';

/** Counts the outcomes of rows and keeps the first errors. */
export class ImportCounts {
  readonly #errorsMax: number;
  readonly counts = { rows: 0, created: 0, updated: 0, unchanged: 0, skipped: 0, invalid: 0 };
  readonly errors: RowError[] = [];
  moreErrors = 0;
  unreadableFrom: number | undefined;

  constructor(errorsMax: number) {
    this.#errorsMax = errorsMax;
  }

  count(outcome: RowOutcome): void {
    this.counts[outcome] += 1;
  }

  countInvalid(errors: readonly RowError[]): void {
    this.counts.invalid += 1;
    for (const error of errors) {
      if (this.errors.length < this.#errorsMax) this.errors.push(error);
      else this.moreErrors += 1;
    }
  }

  /** Adds the counts and errors of a part of the rows. */
  add(part: ImportCounts): void {
    for (const name of ['created', 'updated', 'unchanged', 'skipped', 'invalid'] as const) {
      this.counts[name] += part.counts[name];
    }
    const room = Math.max(0, this.#errorsMax - this.errors.length);
    this.errors.push(...part.errors.slice(0, room));
    this.moreErrors += part.moreErrors + Math.max(0, part.errors.length - room);
  }

  report(committed: boolean): ImportReport {
    const { errors, moreErrors, unreadableFrom } = this;
    return {
      ...this.counts,
      errors,
      moreErrors,
      ...(unreadableFrom !== undefined && { unreadableFrom }),
      committed,
    };
  }
}
