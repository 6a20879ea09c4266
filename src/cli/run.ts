import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { registerApply } from './commands/apply.ts';
import { registerConfig } from './commands/config.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerExport } from './commands/export.ts';
import { explainFailure } from './terminal/failure.ts';
import { registerImport } from './commands/import.ts';
import { registerPlan } from './commands/plan.ts';
import { registerServe } from './commands/serve.ts';
import { registerUsers } from './commands/users.ts';
import { Exit, type Terminal } from './terminal/terminal.ts';

/**
 * Runs one command. Returns the exit code: 0 when done, 1 when refused or failed, with the reason on standard error,
 * 2 for wrong usage.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has written its message, or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { code, message } = error instanceof Exit ? error : new Exit(1, explainFailure(error, terminal));
    if (message !== '') terminal.stderr.write(`${message}\n`);
    return code;
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('plinth')
    .description('A self-hosted backend for structured data: declare collections, get a hardened REST API.')
    .version(version(), '-v, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
    })
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused or failed (the reason is on standard error), 2 wrong usage.',
    );
  for (const register of [
    registerServe,
    registerPlan,
    registerApply,
    registerImport,
    registerExport,
    registerUsers,
    registerConfig,
    registerDoctor,
  ]) {
    register(program, terminal);
  }
  return program;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
