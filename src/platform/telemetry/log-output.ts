import type { Writable } from 'node:stream';

/** The limit of lines that wait for the log's reader, in bytes: some 10,000 lines. More are dropped and counted. */
const pendingBytesMax = 2 * 1024 * 1024;
/** Lines are collected until they have this many characters, for this time, or until the process ends. */
const bufferLengthMax = 16_384;
const flushAfterMs = 50;

export interface LogOutput {
  readonly write: (text: string) => void;
  /**
   * Resolves when everything is written, or after `timeoutMs`: a reader that has stopped reading is not waited for.
   * Resolves with the number of lines that were lost, and whether all others are written.
   */
  readonly end: (timeoutMs: number) => Promise<{ readonly isWritten: boolean; readonly dropped: number }>;
}

export interface LogOutputOptions {
  /** Collects lines before it writes them. */
  readonly buffered: boolean;
  /** The line that tells how many lines were dropped before it. */
  readonly reportOf: (dropped: number) => string;
}

/** Writes the lines of a log, and keeps no more of them than a slow reader may need. */
export function createLogOutput(stream: Writable, { buffered, reportOf }: LogOutputOptions): LogOutput {
  let lines = '';
  let dropped = 0;
  let droppedAtAll = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (lines !== '') stream.write(lines);
    lines = '';
  };

  function report(): void {
    if (dropped === 0) return;
    lines += reportOf(dropped);
    dropped = 0;
  }

  function drop(): void {
    if (dropped === 0) stream.once('drain', () => (report(), flush()));
    dropped += 1;
    droppedAtAll += 1;
  }

  if (buffered) process.once('exit', flush);
  // The reader of the log has gone, and there is no other place to report that.
  stream.on('error', () => {});
  return {
    write(line) {
      if (stream.writableLength > pendingBytesMax) {
        drop();
        return;
      }
      report();
      lines += line;
      if (!buffered || lines.length >= bufferLengthMax) flush();
      else timer ??= setTimeout(flush, flushAfterMs).unref();
    },
    async end(timeoutMs) {
      flush();
      if (stream.writableLength > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timeout = setTimeout(resolve, timeoutMs);
        stream.write('', () => resolve());
        await promise;
        clearTimeout(timeout);
      }
      return { isWritten: stream.writableLength === 0, dropped: droppedAtAll };
    },
  };
}
