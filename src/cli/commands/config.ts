import type { Command } from 'commander';
import { readSettings } from '#config/index.ts';
import { printJson, printLine, tableText } from '../terminal/output.ts';
import { unknownNames } from '../settings.ts';
import { Exit, type Terminal } from '../terminal/terminal.ts';

export function registerConfig(program: Command, terminal: Terminal): void {
  program
    .command('config')
    .description(
      'Shows every setting: its value (secrets are masked), where it came from, its default, its meaning.',
    )
    .option('--json', 'print the settings as JSON')
    .action(({ json }: { json?: true }) => {
      const report = readSettings(terminal);
      const { entries, mistakes } = report;
      if (json) {
        printJson(terminal, { settings: entries, mistakes });
      } else {
        const rows = entries.map((entry) => [
          entry.name,
          entry.value ?? '-',
          entry.source,
          entry.default,
          entry.meaning,
        ]);
        printLine(terminal, tableText([['NAME', 'VALUE', 'FROM', 'DEFAULT', 'MEANING'], ...rows]));
      }
      for (const sentence of [...unknownNames(report), ...mistakes]) terminal.stderr.write(`${sentence}\n`);
      if (mistakes.length > 0) throw new Exit(1);
    });
}
