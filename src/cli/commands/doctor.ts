import type { Command } from 'commander';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { openStore, type Store } from '#plinth';
import { authSecretFile, readSettings, type SettingsReport, type Settings } from '#config/index.ts';
import { createRedis } from '#platform/redis/redis.ts';
import { loadDefinitions } from '#services/collections/index.ts';
import { commandLog, unknownNames } from '../settings.ts';
import { explainFailure } from '../terminal/failure.ts';
import { plural, printJson, printLine } from '../terminal/output.ts';
import { Exit, type Terminal } from '../terminal/terminal.ts';

/** The state of one part of the set-up. `wrong` keeps the service from working, `warning` does not. */
interface Diagnosis {
  readonly part: 'settings' | 'data folder' | 'secret' | 'redis' | 'database' | 'collections';
  readonly state: 'ok' | 'warning' | 'wrong';
  /** The finding, and the remedy when it is not ok. */
  readonly detail: string;
}

const marks = { ok: 'ok   ', warning: 'warn ', wrong: 'WRONG' };

export function registerDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'Checks configuration, Redis, database and collections, and says what to do about what is wrong.',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: true }) => {
      const diagnoses = await examine(readSettings(terminal), terminal);
      const isWrong = diagnoses.some(({ state }) => state === 'wrong');
      if (json) printJson(terminal, { ok: !isWrong, findings: diagnoses });
      else printLine(terminal, diagnoses.map(diagnosisText).join('\n'));
      if (isWrong) throw new Exit(1);
    });
}

function diagnosisText({ state, part, detail }: Diagnosis): string {
  return `${marks[state]}  ${part}: ${detail.replaceAll('\n', '\n         ')}`;
}

/** Examines everything that the service needs, in the order in which it needs it. Changes nothing. */
async function examine(report: SettingsReport, terminal: Terminal): Promise<Diagnosis[]> {
  const diagnoses = examineSettings(report);
  const { settings } = report;
  if (settings === undefined) return diagnoses;
  diagnoses.push(...examineFolder(settings), examineSecret(settings));
  diagnoses.push(...(await examineRedis(settings)));
  return [...diagnoses, ...(await examineStore(settings, terminal))];
}

function examineSettings(report: SettingsReport): Diagnosis[] {
  const { entries, mistakes } = report;
  const set = entries.filter(({ source }) => source !== 'default').length;
  return [
    ...mistakes.map((detail) => ({ part: 'settings', state: 'wrong', detail }) as const),
    ...unknownNames(report).map((detail) => ({ part: 'settings', state: 'warning', detail }) as const),
    ...(mistakes.length === 0
      ? [
          {
            part: 'settings',
            state: 'ok',
            detail: `${set} of ${entries.length} are set, the others have their default`,
          } as const,
        ]
      : []),
  ];
}

function examineFolder({ dataDir }: Settings): Diagnosis[] {
  const obstacle = obstacleTo(dataDir);
  if (obstacle !== undefined) {
    return [{ part: 'data folder', state: 'wrong', detail: `${obstacle} Name another one with DATA_DIR.` }];
  }
  if (!existsSync(dataDir)) {
    return [{ part: 'data folder', state: 'ok', detail: `${dataDir} will be made at the first start` }];
  }
  const mode = statSync(dataDir).mode & 0o777;
  if ((mode & 0o077) === 0) return [{ part: 'data folder', state: 'ok', detail: dataDir }];
  const what = (mode & 0o022) === 0 ? 'look into' : 'write to';
  const detail = `Others may ${what} ${dataDir}. Run: chmod 700 '${dataDir}'`;
  return [{ part: 'data folder', state: 'warning', detail }];
}

/** The reason why a folder cannot be written, or made where it is missing; undefined when it can. Makes nothing. */
function obstacleTo(folder: string): string | undefined {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  if (!statSync(nearest).isDirectory()) return `${nearest} is not a folder.`;
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EROFS' ? 'is on a read-only disk' : 'may not be written by this user';
    return nearest === folder ? `${nearest} ${why}.` : `${folder} cannot be made: ${nearest} ${why}.`;
  }
}

function examineSecret(settings: Settings): Diagnosis {
  const part = 'secret';
  if (settings.authSecret !== undefined) return { part, state: 'ok', detail: 'AUTH_SECRET is set' };
  const file = authSecretFile(settings);
  if (!existsSync(file))
    return { part, state: 'ok', detail: `one will be made at the first start and kept in ${file}` };
  if ((statSync(file).mode & 0o077) === 0) return { part, state: 'ok', detail: `kept in ${file}` };
  return { part, state: 'warning', detail: `Others may read ${file}. Run: chmod 600 '${file}'` };
}

/** Uses Redis as `serve` does: a script that writes, within REDIS_TIMEOUT_MS. */
async function examineRedis({ redisUrl, redisTimeoutMs }: Settings): Promise<Diagnosis[]> {
  const part = 'redis';
  if (redisUrl === undefined) return [];
  const redis = createRedis({ url: redisUrl, timeoutMs: redisTimeoutMs, onStateChange: () => {} });
  const { status, reason } = await redis.start();
  redis.stop();
  if (status === 'up') return [{ part, state: 'ok', detail: 'it answers, and takes what is written' }];
  const detail =
    `It cannot be used: ${reason}\n` +
    'Until it can, each process counts requests by itself. Start it, or put REDIS_URL right.';
  return [{ part, state: 'wrong', detail }];
}

async function examineStore(settings: Settings, terminal: Terminal): Promise<Diagnosis[]> {
  const { databaseUrl } = settings;
  const file = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : undefined;
  if (file !== undefined && !existsSync(file)) {
    const obstacle = obstacleTo(dirname(file));
    const database: Diagnosis =
      obstacle === undefined
        ? { part: 'database', state: 'ok', detail: `${file} will be made at the first start` }
        : { part: 'database', state: 'wrong', detail: `${file} cannot be made. ${obstacle}` };
    return [database, await examineFiles(settings, terminal)];
  }
  let store: Store | undefined;
  try {
    store = await openStore({ settings, log: commandLog(terminal) });
    const database = await examineDatabase(store);
    if (file !== undefined) database.push(...examineRights(file));
    return [...database, ...(await examineCollections(store, terminal))];
  } catch (error) {
    const detail = explainFailure(error, terminal);
    return [{ part: 'database', state: 'wrong', detail }, await examineFiles(settings, terminal)];
  } finally {
    await store?.close();
  }
}

async function examineDatabase({ database }: Store): Promise<Diagnosis[]> {
  const { version, faults, remarks } = await database.examine();
  // An empty transaction takes the write lock, which a read-only disk or server refuses.
  await database.write(() => Promise.resolve());
  const remarked = remarks.map((detail) => ({ part: 'database', state: 'ok', detail }) as const);
  if (faults.length === 0)
    return [{ part: 'database', state: 'ok', detail: `${version}, can be read and written` }, ...remarked];
  return [...faults.map((detail) => ({ part: 'database', state: 'wrong', detail }) as const), ...remarked];
}

/** Rights of the database's files: those that Plinth makes are for their owner alone, a restored copy need not be. */
function examineRights(file: string): Diagnosis[] {
  const open = [file, `${file}-wal`].filter((name) => existsSync(name) && statSync(name).mode & 0o077);
  return open.map((name) => {
    const detail = `Others may read ${name}, with all records and password hashes. Run: chmod 600 '${name}'`;
    return { part: 'database', state: 'warning', detail };
  });
}

/** Examines the collections without the database: whether their files are valid. */
async function examineFiles({ collectionsDir }: Settings, terminal: Terminal): Promise<Diagnosis> {
  const part = 'collections';
  try {
    const { length } = await loadDefinitions(collectionsDir);
    return { part, state: 'ok', detail: `${plural(length, 'collection')} (users included)` };
  } catch (error) {
    return { part, state: 'wrong', detail: explainFailure(error, terminal) };
  }
}

async function examineCollections(
  { collections, settings }: Store,
  terminal: Terminal,
): Promise<Diagnosis[]> {
  const part = 'collections';
  try {
    const definitions = await collections.load(settings.collectionsDir);
    const { steps, destructive } = await collections.plan(definitions);
    const drift = (await collections.drift()).map((difference) => {
      const detail = `${difference}\nUndo what was changed by hand in the database, or restore a backup.`;
      return { part, state: 'wrong', detail } as const;
    });
    const warnings = collections
      .warnings(definitions)
      .map((detail) => ({ part, state: 'warning', detail }) as const);
    if (steps.length === 0) {
      const detail = `${plural(definitions.length, 'collection')} (users included), and the database matches them`;
      return [...(drift.length > 0 ? drift : [{ part, state: 'ok', detail } as const]), ...warnings];
    }
    const command = destructive
      ? 'They lose data: look at "plinth plan" first'
      : 'Run "plinth apply", or let "plinth serve" do it';
    return [
      ...drift,
      ...warnings,
      { part, state: 'warning', detail: `${plural(steps.length, 'change')} not applied yet. ${command}.` },
    ];
  } catch (error) {
    return [{ part, state: 'wrong', detail: explainFailure(error, terminal) }];
  }
}
