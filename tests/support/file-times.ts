import type { TestsStream } from 'node:test';

export interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

/**
 * Measures each test file from the start of its process to its end, in wall time. `files` are spelt as they were given
 * to `run`: by that name the runner reports a file, next to the tests in it.
 */
export function measureFiles(stream: TestsStream, files: readonly string[]): readonly FileTime[] {
  const known = new Set(files);
  const startedAt = new Map<string, number>();
  const times: FileTime[] = [];
  stream.on('test:dequeue', ({ name, nesting }) => {
    if (nesting === 0 && known.has(name)) startedAt.set(name, performance.now());
  });
  stream.on('test:complete', ({ name, nesting }) => {
    const started = startedAt.get(name);
    if (nesting === 0 && started !== undefined)
      times.push({ file: name, seconds: (performance.now() - started) / 1_000 });
  });
  return times;
}

/** One line for each of the slowest files, the slowest first. */
export function slowest(times: readonly FileTime[], count: number): string[] {
  return times
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}`);
}

/** A sentence for each file that took longer than its budget. */
export function overBudget(times: readonly FileTime[], budgetSeconds: number): string[] {
  return times
    .filter(({ seconds }) => seconds > budgetSeconds)
    .map(({ file, seconds }) => `${file} took ${seconds.toFixed(0)} s; a file has ${budgetSeconds} s`);
}
