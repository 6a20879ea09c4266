import type { Command } from 'commander';
import { openStore } from '#plinth';
import { plural, printJson, printLine } from '../terminal/output.ts';
import { stepsText } from './plan.ts';
import { commandLog, settingsOf } from '../settings.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface ApplyOptions {
  readonly allowDestructive?: true;
  readonly json?: true;
}

export function registerApply(program: Command, terminal: Terminal): void {
  program
    .command('apply')
    .description(
      'Changes the database to match the collections, in one transaction. Doing it twice does no harm.',
    )
    .option('--allow-destructive', 'also make changes that lose data')
    .option('--json', 'print what was done as JSON')
    .action(async ({ allowDestructive, json }: ApplyOptions) => {
      const settings = settingsOf(terminal);
      const store = await openStore({ settings, log: commandLog(terminal) });
      try {
        const definitions = await store.collections.load(settings.collectionsDir);
        const done = await store.collections.apply(definitions, {
          allowDestructive: allowDestructive === true,
        });
        if (json) printJson(terminal, done);
        else if (done.steps.length === 0)
          printLine(terminal, 'Nothing to do: the database matches the collections.');
        else printLine(terminal, `${stepsText(done)}\n\nDone: ${plural(done.steps.length, 'step')}.`);
      } finally {
        await store.close();
      }
    });
}
