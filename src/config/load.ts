import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { table, type Setting, type Settings } from './settings.ts';

export interface SettingsSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory: where `.env` is and where relative paths start. */
  readonly directory: string;
}

/** A setting with its value in force, secrets masked. For `plinth config`. */
export interface SettingEntry {
  readonly name: string;
  readonly value: string | null;
  /** `environment`, `.env` or `default`, with the file that a `_FILE` twin names. */
  readonly source: string;
  /** As text in the environment, or in words. */
  readonly default: string;
  readonly meaning: string;
}

export interface SettingsReport {
  /** The settings in force; undefined when there are mistakes. */
  readonly settings: Settings | undefined;
  readonly entries: readonly SettingEntry[];
  /** Every mistake, a sentence each that names the setting; without the value of any secret. */
  readonly mistakes: readonly string[];
  /** Names in `.env` that no setting has. */
  readonly unknownNames: readonly string[];
}

/** The settings cannot be used: `message` has one mistake a line. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

interface SettingText {
  readonly text: string;
  readonly source: string;
}

interface Layer {
  readonly source: string;
  readonly values: Readonly<Record<string, string | undefined>>;
}

/** The names of all settings, `_FILE` twins included. */
export const settingNames: ReadonlySet<string> = new Set(
  Object.values(table as Record<string, Setting>).flatMap((setting) =>
    setting.secret ? [setting.name, `${setting.name}_FILE`] : [setting.name],
  ),
);

/** Reads every setting from the environment, then `.env`, then its default; `NAME=` counts as unset. */
export function readSettings(from: SettingsSource): SettingsReport {
  const mistakes: string[] = [];
  const dotEnv = readDotEnv(from.directory, mistakes);
  const layers: Layer[] = [
    { source: 'environment', values: from.environment },
    { source: '.env', values: dotEnv },
  ];
  const values: Record<string, unknown> = {};
  const entries: SettingEntry[] = [];
  for (const [key, setting] of Object.entries<Setting>(table)) {
    const found = find(setting, layers, mistakes);
    entries.push(describe(setting, found));
    const text = found?.text ?? ('default' in setting ? setting.default : undefined);
    if (text === undefined) continue;
    values[key] = setting.type.read(text, from.directory);
    if (values[key] === undefined) mistakes.push(mistakeIn(setting, text));
  }
  values.databaseUrl ??= `sqlite:${join(String(values.dataDir), 'plinth.db')}`;
  if (mistakes.length === 0) mistakes.push(...conflicts(values as Settings));
  return {
    settings: mistakes.length === 0 ? (Object.freeze(values) as Settings) : undefined,
    entries,
    mistakes,
    unknownNames: Object.keys(dotEnv).filter((name) => !settingNames.has(name)),
  };
}

/** The settings in force. Throws InvalidSettings with every mistake. */
export function loadSettings(from: SettingsSource): Settings {
  const { settings, mistakes } = readSettings(from);
  if (settings === undefined) throw new InvalidSettings(mistakes);
  return settings;
}

function readDotEnv(directory: string, mistakes: string[]): Record<string, string | undefined> {
  const file = join(directory, '.env');
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') mistakes.push(`${file} cannot be read (${codeOf(error)}).`);
    return {};
  }
}

function find(setting: Setting, layers: readonly Layer[], mistakes: string[]): SettingText | undefined {
  const fileName = `${setting.name}_FILE`;
  for (const { source, values } of layers) {
    const own = setting.secret ? values[setting.name] : values[setting.name]?.trim();
    const file = setting.secret ? values[fileName] : undefined;
    if (own && file)
      mistakes.push(`${setting.name} and ${fileName} are both set (${source}); keep one of them.`);
    if (own) return { text: own, source };
    if (file) return readSecretFile(fileName, file, source, mistakes);
  }
  return undefined;
}

function readSecretFile(
  name: string,
  file: string,
  source: string,
  mistakes: string[],
): SettingText | undefined {
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (text !== '') return { text, source: `${source}, file ${file}` };
    mistakes.push(`${name} names ${file}, which is empty.`);
  } catch (error) {
    mistakes.push(`${name} names ${file}, which cannot be read (${codeOf(error)}).`);
  }
  return undefined;
}

function mistakeIn(setting: Setting, text: string): string {
  const given = setting.secret ? '' : `, not ${JSON.stringify(text)}`;
  return `${setting.name} must be ${setting.type.expects}${given}.`;
}

/** Mistakes that lie in two settings together. */
function conflicts(settings: Settings): string[] {
  const found: string[] = [];
  if ((settings.adminEmail === undefined) !== (settings.adminPassword === undefined)) {
    found.push('ADMIN_EMAIL and ADMIN_PASSWORD must be set together, or neither.');
  }
  const shared = settings.nodeEnv === 'production' && !settings.databaseUrl.startsWith('sqlite:');
  if (shared && settings.authSecret === undefined) {
    found.push(
      'AUTH_SECRET is required with NODE_ENV=production and PostgreSQL, because every replica needs the same one: set it to the output of `openssl rand -base64 32`.',
    );
  }
  return found;
}

function describe(setting: Setting, found: SettingText | undefined): SettingEntry {
  const byDefault = 'default' in setting ? setting.default : null;
  return {
    name: setting.name,
    value: found === undefined ? byDefault : setting.secret ? masked(found.text) : found.text,
    source: found?.source ?? 'default',
    default: 'default' in setting ? setting.default : setting.without,
    meaning: setting.meaning,
  };
}

/** The address of a database or of Redis without its password and its query; any other secret as `***`. */
function masked(text: string): string {
  if (text.startsWith('sqlite:')) return text;
  const url = URL.parse(text);
  if (url === null || !/^(postgres(ql)?|rediss?):$/.test(url.protocol)) return '***';
  if (url.password !== '') url.password = '***';
  if (url.search !== '') url.search = '?***';
  return url.href;
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? error);
}

/** The environment and the working directory of this process. */
export function processSource(): SettingsSource {
  return { environment: process.env, directory: process.cwd() };
}
