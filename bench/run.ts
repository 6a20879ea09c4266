import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { redisServer, type RedisServer } from '../tests/support/redis-server.ts';
import { compare, connections, median, type Measurement } from './compare.ts';
import { openWorkplace, type DatabaseName, type Workplace } from './databases.ts';
import { profile } from './profile.ts';
import {
  formatComparison,
  formatGuards,
  formatProcesses,
  formatProfiles,
  formatScale,
  type ProcessFigures,
} from './report.ts';
import { fillUpTo, measureScale, scaleSizes, type ScaleRow } from './scale.ts';
import { cacheScenarioNames, scenarioNames } from './scenarios.ts';
import { collectionsWithCache, prepareBare, preparePlinth, type PlinthSide, type Side } from './sides.ts';

/**
 * `npm run bench -- [options]`: Plinth without limits, with limits in memory and with limits on Redis (a redis-server of
 * its own) beside a server written by hand, in turns. Docs: docs/benchmarks.md.
 *
 * --database sqlite|postgres   where both keep their tasks (sqlite)
 * --seconds N                  for each load on each server (10)
 * --rows N                     tasks at the beginning (100000)
 * --loads get,list,…           only these (all: get, list, create, patch, mixed)
 * --quick                      5,000 rows, 2 seconds: does everything still work?
 * --scale                      single requests over tables of 1,000 to 1,000,000 tasks instead
 * --cache                      lists from a cache, in memory and on Redis, beside the same without one
 * --profile                    where Plinth's own time goes instead
 * --json FILE                  the figures for machines
 */
const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    seconds: { type: 'string' },
    rows: { type: 'string' },
    loads: { type: 'string', default: scenarioNames.join() },
    quick: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    cache: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const database = options.database as DatabaseName;
if (database !== 'sqlite' && database !== 'postgres') throw new Error('--database is sqlite or postgres');
const seconds = Number(options.seconds ?? (options.quick ? 2 : 10));
const rows = Number(options.rows ?? (options.quick ? 5_000 : 100_000));
if (!(seconds > 0 && rows > 0)) throw new Error('--seconds and --rows are numbers above 0');
const loads = options.cache
  ? cacheScenarioNames
  : scenarioNames.filter((name) => options.loads.split(',').includes(name));

const startsMeasured = 5;

const workplace = await openWorkplace(database);
try {
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, ${database}, ${connections} connections`,
  );
  const figures = await runMode(workplace);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await workplace.remove();
}

function runMode(workplace: Workplace): Promise<unknown> {
  if (options.scale) return runScale(workplace);
  if (options.profile) return runProfile(workplace);
  return runComparison(workplace);
}

async function runComparison(workplace: Workplace): Promise<unknown> {
  const redis = await redisServer();
  try {
    await redis.start();
    return await compareSides(await prepareSides(workplace, redis));
  } finally {
    await redis.remove();
  }
}

async function prepareSides(workplace: Workplace, redis: RedisServer): Promise<Side[]> {
  if (options.cache) return prepareCaches(workplace, redis);
  const bare = await prepareBare(workplace, rows);
  const plinth = await prepareAndTell(workplace, rows);
  return [
    bare,
    await plinth.with('plinth, limits off', { RATE_LIMIT: 'off' }),
    plinth,
    await plinth.with('plinth, limits on Redis', { REDIS_URL: redis.url }),
  ];
}

async function prepareCaches(workplace: Workplace, redis: RedisServer): Promise<Side[]> {
  const plinth = await prepareAndTell(workplace, rows);
  const settings = { COLLECTIONS_DIR: collectionsWithCache(workplace), RATE_LIMIT: 'off' };
  return [
    await plinth.with('plinth, cache off', { ...settings, CACHE: 'off' }),
    await plinth.with('plinth, cache in memory', settings),
    await plinth.with('plinth, cache on Redis', { ...settings, REDIS_URL: redis.url }),
  ];
}

async function compareSides(sides: readonly Side[]): Promise<unknown> {
  const startMs: number[] = [];
  for (const side of sides) startMs.push(await medianStartMs(side));
  const running = [];
  for (const side of sides) running.push({ side, server: await side.start() });
  let measurements: Measurement[];
  let processes: ProcessFigures[];
  try {
    measurements = await compare(running, loads, seconds);
    processes = running.map(({ side, server }, index) => {
      const { nowMb, peakMb } = server.memory();
      return { side: side.name, startMs: startMs[index] as number, memoryMb: nowMb, peakMemoryMb: peakMb };
    });
  } finally {
    for (const { server } of running) await server.stop();
  }
  const guards = options.cache ? [] : [formatGuards(measurements)];
  const tables = [formatComparison(measurements), ...guards, formatProcesses(processes)];
  console.log(`\n${tables.join('\n\n')}`);
  return { database, rows, seconds, measurements, processes };
}

async function runScale(workplace: Workplace): Promise<unknown> {
  const sizes = options.rows === undefined ? scaleSizes : scaleSizes.filter((size) => size <= rows);
  const side = await prepareAndTell(workplace, scaleSizes[0]);
  const measured: ScaleRow[] = [];
  let present: number = scaleSizes[0];
  for (const size of sizes) {
    await fillUpTo(side, present, size);
    present = size;
    const server = await side.start();
    try {
      measured.push(await measureScale(side, server, size));
    } finally {
      await server.stop();
    }
  }
  console.log(`\n${formatScale(measured)}`);
  return { database, scale: measured };
}

async function runProfile(workplace: Workplace): Promise<unknown> {
  const side = await prepareAndTell(workplace, rows);
  const profiles = await profile(side, workplace.folder, loads, seconds);
  console.log(`\n${formatProfiles(profiles)}`);
  return Object.fromEntries(profiles);
}

async function prepareAndTell(workplace: Workplace, rows: number): Promise<PlinthSide> {
  const startedAt = performance.now();
  const side = await preparePlinth(workplace, rows);
  const took = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${rows.toLocaleString('en')} tasks through POST /batch in ${took} s`);
  return side;
}

async function medianStartMs(side: Side): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < startsMeasured; start++) {
    const server = await side.start();
    times.push(server.startMs);
    await server.stop();
  }
  return median(times);
}
