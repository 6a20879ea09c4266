import type { Measurement } from './compare.ts';
import type { ProfileLine } from './profile.ts';
import type { ScaleRow } from './scale.ts';
import { goals, type ScenarioName } from './scenarios.ts';

export interface ProcessFigures {
  readonly side: string;
  readonly startMs: number;
  readonly memoryMb: number;
  readonly peakMemoryMb: number;
}

const memoryGoalMb = 160;
const startGoalMs = 1_000;

export function formatComparison(measurements: readonly Measurement[]): string {
  const rows = measurements.map((row) => {
    const { ratio } = row;
    const goal = goals[row.side]?.[row.scenario];
    return [
      row.scenario,
      row.side,
      Math.round(row.requestsPerSecond).toLocaleString('en'),
      row.p50Ms.toFixed(2),
      row.p99Ms.toFixed(2),
      row.cpuMsPerRequest.toFixed(3),
      row.side === 'bare' ? '' : ratio.toFixed(2),
      goal === undefined ? '' : `≥ ${goal} ${verdict(ratio >= goal)}`,
    ];
  });
  return table(['load', 'server', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'ratio', 'goal'], rows);
}

/** What counting requests costs: processor time of the whole process beyond that of the same without limits. */
export function formatGuards(measurements: readonly Measurement[]): string {
  const off = measurements.filter(({ side }) => side === 'plinth, limits off');
  const rows = off.flatMap((without) =>
    measurements
      .filter(({ scenario, side }) => scenario === without.scenario && side.startsWith('plinth'))
      .map(({ scenario, side, cpuMsPerRequest, ratio, p50Ms }) => [
        scenario,
        side,
        (1_000 * (cpuMsPerRequest - without.cpuMsPerRequest)).toFixed(1),
        (p50Ms - without.p50Ms).toFixed(2),
        (ratio / without.ratio).toFixed(2),
      ]),
  );
  return table(['load', 'server', 'CPU µs more', 'p50 ms more', 'ratio to limits off'], rows);
}

export function formatProcesses(figures: readonly ProcessFigures[]): string {
  const rows = figures.map(({ side, startMs, memoryMb, peakMemoryMb }) => [
    side,
    Math.round(startMs).toString(),
    side === 'bare' ? '' : `≤ ${startGoalMs} ${verdict(startMs <= startGoalMs)}`,
    Math.round(memoryMb).toString(),
    side === 'bare' ? '' : `≤ ${memoryGoalMb} ${verdict(memoryMb <= memoryGoalMb)}`,
    Math.round(peakMemoryMb).toString(),
  ]);
  return table(['server', 'first answer ms', 'goal', 'memory MB', 'goal', 'peak MB'], rows);
}

export function formatScale(rows: readonly ScaleRow[]): string {
  return table(
    ['rows', 'get ms', 'first page ms', 'page 1,000 ms', 'filtered page ms', 'create ms'],
    rows.map((row) => [
      row.rows.toLocaleString('en'),
      ...[row.get, row.firstPage, row.page1000, row.filteredPage, row.create].map((ms) => ms.toFixed(2)),
    ]),
  );
}

export function formatProfiles(profiles: ReadonlyMap<ScenarioName, readonly ProfileLine[]>): string {
  return [...profiles]
    .map(([scenario, lines]) => {
      const shares = lines.map(({ share, place }) => `${(share * 100).toFixed(1).padStart(5)} %  ${place}`);
      return [`${scenario}: functions by the time they took themselves`, ...shares].join('\n');
    })
    .join('\n\n');
}

function verdict(met: boolean): string {
  return met ? 'met' : 'MISSED';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] as string).length)));
  // Names to the left, figures to the right.
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}
