import type { Command } from 'commander';
import { startApp, type RunningApp } from '#plinth';
import type { Settings } from '#config/index.ts';
import type { Log } from '#platform/telemetry/log.ts';
import type { LogOutput } from '#platform/telemetry/log-output.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { settingsOf } from '../settings.ts';
import { welcomeText } from '../terminal/welcome.ts';
import type { Terminal } from '../terminal/terminal.ts';

const waitForDatabaseMs = 30_000;
/** One Ctrl-C may arrive twice within this time: the terminal sends it to the whole group, and launchers pass it on. */
const echoMs = 300;
/** For the last lines of the log: at most, and when the requests in flight have taken all the time there was. */
const lastLinesMsMax = 5_000;
const lastLinesMsMin = 100;

export function registerServe(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('Applies safe schema changes, then serves the collections until SIGTERM or SIGINT.')
    .addHelpText(
      'after',
      `
What is in flight is finished when a signal comes, for as long as SHUTDOWN_TIMEOUT; a second signal stops at once.
Settings come from the environment and .env; "plinth config" shows them.`,
    )
    .action(async () => {
      const settings = settingsOf(terminal);
      const format = settings.logFormat ?? (terminal.stdout.isTTY ? 'pretty' : 'json');
      const log = createLogger({ level: settings.logLevel, format });
      const signals = awaitSignal();
      const starting = startApp({ settings, log, waitForDatabaseMs });
      const isStarted = await Promise.race([starting.then(() => true), signals.first.then(() => false)]);
      if (!isStarted) endAtStart(log);
      const app = await starting;
      printWelcome(terminal, app, settings, format);
      const signal = await signals.first;
      log.info({ signal }, 'stopping');
      signals.endAtSecond(() => log.warn({}, 'stopped at once; what was in flight is lost'));
      const endsAtMs = performance.now() + settings.shutdownTimeoutMs;
      await app.stop();
      log.info({}, 'stopped');
      await endLog(log, terminal, endsAtMs - performance.now());
    });
}

/** Ends the process in the middle of the start: the database undoes a schema change that is under way. */
function endAtStart(log: Log): never {
  log.info({}, 'stopped before the start was done');
  process.exit(0);
}

/** A process with something left to write does not end by itself, and nobody may ever read it. */
async function endLog(log: Pick<LogOutput, 'end'>, terminal: Terminal, leftMs: number): Promise<void> {
  const { isWritten, dropped } = await log.end(Math.min(Math.max(leftMs, lastLinesMsMin), lastLinesMsMax));
  if (isWritten) return;
  terminal.stderr.write(`Nobody reads the log: ${dropped} lines were dropped before the last ones.\n`);
  process.exit(0);
}

function printWelcome(
  terminal: Terminal,
  app: RunningApp,
  settings: Settings,
  format: 'pretty' | 'json',
): void {
  app.log.info({ url: app.url, pid: process.pid }, 'listening');
  // In production JSON lines on standard output are for machines, so the welcome goes to standard error.
  const output = format === 'json' && settings.nodeEnv === 'production' ? terminal.stderr : terminal.stdout;
  output.write(welcomeText(app, settings));
}

/** Waits for SIGTERM or SIGINT, from now on: a signal during the start is not lost. */
function awaitSignal() {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let firstAt = 0;
  let onSecond = () => {};
  const receive = (signal: NodeJS.Signals) => {
    if (firstAt === 0) {
      firstAt = performance.now();
      resolve(signal);
    } else if (performance.now() - firstAt > echoMs) {
      onSecond();
      process.exit(1);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, receive);
  return { first: promise, endAtSecond: (work: () => void) => (onSecond = work) };
}
