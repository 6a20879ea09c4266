import type { Command } from 'commander';
import { readSettings } from '#config/index.ts';
import { Exit } from './exit.ts';
import { examine, type Finding } from './findings.ts';
import { printJson, printLine } from './output.ts';
import type { World } from './world.ts';

const marks = { ok: 'ok   ', warning: 'warn ', wrong: 'WRONG' };

export function registerDoctor(program: Command, world: World): void {
  program
    .command('doctor')
    .description(
      'Checks configuration, Redis, database and collections, and says what to do about what is wrong.',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine(readSettings(world), world);
      const isWrong = findings.some(({ state }) => state === 'wrong');
      if (json) printJson(world, { ok: !isWrong, findings });
      else printLine(world, findings.map(findingText).join('\n'));
      if (isWrong) throw new Exit(1);
    });
}

function findingText({ state, part, detail }: Finding): string {
  return `${marks[state]}  ${part}: ${detail.replaceAll('\n', '\n         ')}`;
}
