import {
  InvalidSettings,
  readSettings,
  settingNames,
  type SettingsReport,
  type Settings,
} from '#config/index.ts';
import { nearMiss } from '#domain/near-miss.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import type { Terminal } from './terminal/terminal.ts';

/** The settings in force. Warns of each name in `.env` that no setting has. Throws InvalidSettings. */
export function settingsOf(terminal: Terminal): Settings {
  const report = readSettings(terminal);
  for (const warning of unknownNames(report)) terminal.stderr.write(`${warning}\n`);
  if (report.settings === undefined) throw new InvalidSettings(report.mistakes);
  return report.settings;
}

/** A sentence for each name in `.env` that no setting has. */
export function unknownNames({ unknownNames: names }: SettingsReport): string[] {
  return names.map((name) => {
    const near = nearMiss(name, settingNames);
    return `.env: there is no setting ${name}${near === undefined ? '' : `; did you mean ${near}?`}`;
  });
}

/** The log of a command, on standard error: standard output is for its result. */
export function commandLog(terminal: Terminal): Log {
  return createLogger({ level: 'warn', format: 'pretty', output: terminal.stderr });
}
