import type { Command } from 'commander';
import { readSettings } from '#config/index.ts';
import { Exit } from './exit.ts';
import { printJson, printLine, tableText } from './output.ts';
import { unknownNames } from './settings.ts';
import type { World } from './world.ts';

export function registerConfig(program: Command, world: World): void {
  program
    .command('config')
    .description(
      'Shows every setting: its value (secrets are masked), where it came from, its default, its meaning.',
    )
    .option('--json', 'print the settings as JSON')
    .action(({ json }: { json?: true }) => {
      const reading = readSettings(world);
      const { entries, mistakes } = reading;
      if (json) {
        printJson(world, { settings: entries, mistakes });
      } else {
        const rows = entries.map((entry) => [
          entry.name,
          entry.value ?? '-',
          entry.source,
          entry.default,
          entry.meaning,
        ]);
        printLine(world, tableText([['NAME', 'VALUE', 'FROM', 'DEFAULT', 'MEANING'], ...rows]));
      }
      for (const sentence of [...unknownNames(reading), ...mistakes]) world.stderr.write(`${sentence}\n`);
      if (mistakes.length > 0) throw new Exit(1);
    });
}
