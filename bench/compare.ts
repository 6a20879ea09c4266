import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Request } from '../tests/support/load/wire.ts';
import { drive } from './load.ts';
import { readOnlyScenarios, requestsFor, type ScenarioName } from './scenarios.ts';
import type { ServerProcess } from './server-process.ts';
import type { Side, SideName } from './sides.ts';

export interface Measurement {
  readonly scenario: ScenarioName;
  readonly side: SideName;
  /** Median of the turns. */
  readonly requestsPerSecond: number;
  /** To the first side: median of the ratios turn by turn, so that a busy moment does not count. */
  readonly ratio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
}

export interface RunningSide {
  readonly side: Side;
  readonly server: ServerProcess;
}

export const connections = 32;
const turns = 10;
/** At most: until then V8 still compiles, and the larger program takes longer to get there. */
const warmUpSecondsMax = 5;

/** Drives each scenario against all sides in turns, so that what else the machine does meets them alike. */
export async function compare(
  running: readonly RunningSide[],
  scenarios: readonly ScenarioName[],
  seconds: number,
): Promise<Measurement[]> {
  const all = running.map((each) => ({ ...each, requests: requestsFor(each.side) }));
  const measurements: Measurement[] = [];
  for (const scenario of scenarios) {
    const sides = all.filter(({ side }) => !side.readOnly || readOnlyScenarios.includes(scenario));
    const tallies = sides.map(() => new Tally());
    for (const { side, server, requests } of sides) {
      await driveSide(side, server, requests[scenario], Math.min(seconds, warmUpSecondsMax));
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const [index, { side, server, requests }] of sides.entries()) {
        const cpuBefore = server.cpuMs();
        const result = await driveSide(side, server, requests[scenario], seconds / turns);
        tallies[index]?.add(result.requests, result.seconds, server.cpuMs() - cpuBefore, result.latency);
      }
    }
    measurements.push(
      ...sides.map(({ side }, index) =>
        (tallies[index] as Tally).measurement(scenario, side.name, tallies[0] as Tally),
      ),
    );
  }
  return measurements;
}

export function driveSide(side: Side, server: ServerProcess, next: () => Request, seconds: number) {
  return drive({ port: server.port, connections, seconds, headers: side.headers, next });
}

/** What the turns of one scenario on one side add up to. */
class Tally {
  readonly #latency: RecordableHistogram = createHistogram();
  readonly #rates: number[] = [];
  #requests = 0;
  #cpuMs = 0;

  add(requests: number, seconds: number, cpuMs: number, latency: RecordableHistogram): void {
    this.#requests += requests;
    this.#rates.push(requests / seconds);
    this.#cpuMs += cpuMs;
    this.#latency.add(latency);
  }

  measurement(scenario: ScenarioName, side: SideName, first: Tally): Measurement {
    return {
      scenario,
      side,
      requestsPerSecond: median(this.#rates),
      ratio: median(this.#rates.map((rate, turn) => rate / (first.#rates[turn] as number))),
      p50Ms: this.#latency.percentile(50) / 1_000,
      p99Ms: this.#latency.percentile(99) / 1_000,
      cpuMsPerRequest: this.#cpuMs / this.#requests,
    };
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
