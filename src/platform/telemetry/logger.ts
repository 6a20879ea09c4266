import { pino, stdSerializers, stdTimeFunctions, type DestinationStream } from 'pino';
import type { Log } from '#platform/log.ts';
import { createPretty } from './pretty.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: 'pretty' | 'json';
  /** Where lines go instead of the process's standard output. */
  readonly output?: NodeJS.WritableStream;
}

/**
 * One JSON object a line (`time` in RFC 3339, `level` by name, the fields, `message`), or the same drawn for people.
 * Errors go under `error`, with stack and causes.
 */
export function createLogger({ level, format, output }: LoggerOptions): Log {
  const destination = format === 'pretty' ? createPretty(output ?? process.stdout) : jsonDestination(output);
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      errorKey: 'error',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.errWithCause },
    },
    destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** Lines are handed over without waiting; what is still in memory at exit is written then. */
function jsonDestination(output: NodeJS.WritableStream | undefined): DestinationStream {
  return output === undefined
    ? pino.destination({ dest: 1, sync: false })
    : { write: (line) => void output.write(line) };
}
