import type { Command } from 'commander';
import { openStore } from '#app';
import type { SchemaPlan } from '#services/collections/index.ts';
import { plural, printJson, printLine } from './output.ts';
import { commandLog, settingsOf } from './settings.ts';
import type { World } from './world.ts';

export function registerPlan(program: Command, world: World): void {
  program
    .command('plan')
    .description('Shows what "apply" would change in the database, step by step, each safe or destructive.')
    .option('--json', 'print the plan as JSON')
    .action(async ({ json }: { json?: true }) => {
      const settings = settingsOf(world);
      const store = await openStore({ settings, log: commandLog(world) });
      try {
        const plan = await store.collections.plan(await store.collections.load(settings.collectionsDir));
        if (json) printJson(world, plan);
        else printLine(world, planText(plan));
      } finally {
        await store.close();
      }
    });
}

function planText(plan: SchemaPlan): string {
  if (plan.steps.length === 0) return 'Nothing to do: the database matches the collections.';
  const command = plan.destructive ? 'plinth apply --allow-destructive' : 'plinth apply';
  return `${stepsText(plan)}\n\n${plural(plan.steps.length, 'step')}. Run "${command}" to make the ${plan.steps.length === 1 ? 'change' : 'changes'}.`;
}

/** One line a step, and one more for what a destructive step costs. */
export function stepsText(plan: SchemaPlan): string {
  return plan.steps
    .map(({ collection, summary, destructive, impossible, consequence }) => {
      const mark = impossible ? 'impossible ' : destructive ? 'destructive' : 'safe       ';
      return `${mark}  ${collection}: ${summary}${consequence === undefined ? '' : `\n             ${consequence}`}`;
    })
    .join('\n');
}
