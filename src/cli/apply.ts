import type { Command } from 'commander';
import { openStore } from '#app';
import { plural, printJson, printLine } from './output.ts';
import { stepsText } from './plan.ts';
import { commandLog, settingsOf } from './settings.ts';
import type { World } from './world.ts';

interface ApplyOptions {
  readonly allowDestructive?: true;
  readonly json?: true;
}

export function registerApply(program: Command, world: World): void {
  program
    .command('apply')
    .description(
      'Changes the database to match the collections, in one transaction. Doing it twice does no harm.',
    )
    .option('--allow-destructive', 'also make changes that lose data')
    .option('--json', 'print what was done as JSON')
    .action(async ({ allowDestructive, json }: ApplyOptions) => {
      const settings = settingsOf(world);
      const store = await openStore({ settings, log: commandLog(world) });
      try {
        const definitions = await store.collections.load(settings.collectionsDir);
        const done = await store.collections.apply(definitions, {
          allowDestructive: allowDestructive === true,
        });
        if (json) printJson(world, done);
        else if (done.steps.length === 0)
          printLine(world, 'Nothing to do: the database matches the collections.');
        else printLine(world, `${stepsText(done)}\n\nDone: ${plural(done.steps.length, 'step')}.`);
      } finally {
        await store.close();
      }
    });
}
