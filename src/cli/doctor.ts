import type { Command } from 'commander';
import { readSettings } from '#config/index.ts';
import { Exit } from './exit.ts';
import { examine, type Diagnosis } from './diagnosis.ts';
import { printJson, printLine } from './output.ts';
import type { Terminal } from './terminal.ts';

const marks = { ok: 'ok   ', warning: 'warn ', wrong: 'WRONG' };

export function registerDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'Checks configuration, Redis, database and collections, and says what to do about what is wrong.',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine(readSettings(terminal), terminal);
      const isWrong = findings.some(({ state }) => state === 'wrong');
      if (json) printJson(terminal, { ok: !isWrong, findings });
      else printLine(terminal, findings.map(findingText).join('\n'));
      if (isWrong) throw new Exit(1);
    });
}

function findingText({ state, part, detail }: Diagnosis): string {
  return `${marks[state]}  ${part}: ${detail.replaceAll('\n', '\n         ')}`;
}
