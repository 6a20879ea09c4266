import { join } from 'node:path';
import { InvalidSettings } from './load.ts';
import { table, type Setting, type Settings } from './settings.ts';

/** Settings of the program `plinth` that mean nothing to a program that embeds it. */
const programOnly = ['nodeEnv', 'host', 'port', 'collectionsDir', 'logLevel', 'logFormat'] as const;

/** The settings of an embedding program: values, not texts, by the names that settings have in the program. */
export type GivenSettings = Partial<Omit<Settings, (typeof programOnly)[number]>>;

/**
 * The settings in force for the values that a program gives; a setting that it leaves out has its default. Relative
 * paths start from `directory`. Throws InvalidSettings with every mistake, and without the value of any secret.
 */
export function settingsFromValues(given: GivenSettings, directory: string): Settings {
  const mistakes = unknownNames(given).map((name) => `settings.${name} is not a setting.`);
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting>(table)) {
    const value = (given as Readonly<Record<string, unknown>>)[key];
    if (value === undefined) {
      if ('default' in setting) values[key] = setting.type.read(setting.default, directory);
      continue;
    }
    values[key] = setting.type.accept(value, directory);
    if (values[key] === undefined) mistakes.push(`settings.${key} must be ${setting.type.expectsValue}.`);
  }
  values.databaseUrl ??= `sqlite:${join(String(values.dataDir), 'plinth.db')}`;
  if (mistakes.length === 0) mistakes.push(...conflicts(values as Settings));
  if (mistakes.length > 0) throw new InvalidSettings(mistakes);
  return Object.freeze(values) as Settings;
}

function unknownNames(given: object): string[] {
  const known = new Set(Object.keys(table));
  for (const name of programOnly) known.delete(name);
  return Object.keys(given).filter((name) => !known.has(name));
}

/** Mistakes that lie in two values together. */
function conflicts({ adminEmail, adminPassword, authSecret, databaseUrl }: Settings): string[] {
  const found: string[] = [];
  if ((adminEmail === undefined) !== (adminPassword === undefined)) {
    found.push('settings.adminEmail and settings.adminPassword must be set together, or neither.');
  }
  if (authSecret === undefined && !databaseUrl.startsWith('sqlite:')) {
    found.push('settings.authSecret is required with PostgreSQL, because every process needs the same one.');
  }
  return found;
}
