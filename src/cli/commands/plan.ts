import type { Command } from 'commander';
import { openStore } from '#plinth';
import type { SchemaPlan } from '#services/collections/index.ts';
import { plural, printJson, printLine } from '../terminal/output.ts';
import { commandLog, settingsOf } from '../settings.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function registerPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .description(
      'Shows what "apply" would change in the database, step by step, each safe or destructive, additive or not.',
    )
    .option('--json', 'print the plan as JSON')
    .action(async ({ json }: { json?: true }) => {
      const settings = settingsOf(terminal);
      const store = await openStore({ settings, log: commandLog(terminal) });
      try {
        const definitions = await store.collections.load(settings.collectionsDir);
        const plan = await store.collections.plan(definitions);
        const warnings = store.collections.warnings(definitions);
        if (json) printJson(terminal, warnings.length === 0 ? plan : { ...plan, warnings });
        else
          printLine(terminal, [planText(plan), ...warnings.map((text) => `Warning: ${text}`)].join('\n\n'));
      } finally {
        await store.close();
      }
    });
}

function planText(plan: SchemaPlan): string {
  if (plan.steps.length === 0) return 'Nothing to do: the database matches the collections.';
  const command = plan.destructive ? 'plinth apply --allow-destructive' : 'plinth apply';
  const { writesWaitSeconds: seconds } = plan;
  const wait = seconds === undefined ? '' : ` Writes wait for about ${seconds} s meanwhile; reads go on.`;
  return `${stepsText(plan)}\n\n${plural(plan.steps.length, 'step')}. Run "${command}" to make the ${plan.steps.length === 1 ? 'change' : 'changes'}.${wait}`;
}

/** The steps, one a line, and below it the consequence of one that has any. */
export function stepsText(plan: SchemaPlan): string {
  return plan.steps
    .map(({ collection, summary, destructive, additive, impossible, consequence }) => {
      const mark = impossible ? 'impossible ' : destructive ? 'destructive' : 'safe       ';
      const word = additive ? 'additive' : 'not additive';
      return `${mark}  ${collection}: ${summary} (${word})${consequence === undefined ? '' : `\n             ${consequence}`}`;
    })
    .join('\n');
}
