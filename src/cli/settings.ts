import { InvalidSettings, readSettings, settingNames, type Reading, type Settings } from '#config/index.ts';
import { nearMiss } from '#domain/near-miss.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import type { Terminal } from './terminal/terminal.ts';

/** The settings, after a warning for each name in `.env` that means nothing. Throws InvalidSettings. */
export function settingsOf(terminal: Terminal): Settings {
  const reading = readSettings(terminal);
  for (const warning of unknownNames(reading)) terminal.stderr.write(`${warning}\n`);
  if (reading.settings === undefined) throw new InvalidSettings(reading.mistakes);
  return reading.settings;
}

/** A sentence for each name in `.env` that no setting has. */
export function unknownNames({ unknownNames: names }: Reading): string[] {
  return names.map((name) => {
    const near = nearMiss(name, settingNames);
    return `.env: there is no setting ${name}${near === undefined ? '' : `; did you mean ${near}?`}`;
  });
}

/** What commands log goes to standard error: standard output is for their result. */
export function commandLog(terminal: Terminal): Log {
  return createLogger({ level: 'warn', format: 'pretty', output: terminal.stderr });
}
