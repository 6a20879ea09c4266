import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { driveSide } from './compare.ts';
import { requestsFor, type ScenarioName } from './scenarios.ts';
import type { Side } from './sides.ts';

export interface ProfileLine {
  /** Share of the time that the process was not idle. */
  readonly share: number;
  readonly place: string;
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const linesMax = 30;

/** Runs Plinth under V8's profiler once for each scenario: which functions themselves took the time. */
export async function profile(
  side: Side,
  folder: string,
  scenarios: readonly ScenarioName[],
  seconds: number,
): Promise<ReadonlyMap<ScenarioName, readonly ProfileLine[]>> {
  const profiles = new Map<ScenarioName, readonly ProfileLine[]>();
  const requests = requestsFor(side);
  for (const scenario of scenarios) {
    const into = join(folder, `profile-${scenario}`);
    const server = await side.start(['--cpu-prof', '--cpu-prof-dir', into]);
    await driveSide(side, server, requests[scenario], seconds);
    await server.stop();
    const file = readdirSync(into)[0] as string;
    profiles.set(scenario, linesOf(JSON.parse(readFileSync(join(into, file), 'utf8')) as CpuProfile));
  }
  return profiles;
}

function linesOf({ nodes, samples, timeDeltas }: CpuProfile): ProfileLine[] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) as string;
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index] as number));
  }
  times.delete('(idle)');
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([place, time]) => ({ share: time / total, place }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, linesMax);
}

function placeOf(frame: CpuProfile['nodes'][number]['callFrame']): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  if (frame.url === '') return name;
  const file = frame.url.replace(`file://${join(import.meta.dirname, '..')}/`, '');
  return `${name} ${file}:${frame.lineNumber + 1}`;
}
