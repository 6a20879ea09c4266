import { processSource, type SettingsSource } from '#config/index.ts';

/** The surroundings of a command: its streams and the source of its settings. Handed in, so that a test has its own. */
export interface Terminal extends SettingsSource {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The streams and the environment of this process. */
export function processTerminal(): Terminal {
  return { ...processSource(), stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
}

/** Ends a command. The message is printed on standard error; without one the command has printed all there is to say. */
export class Exit extends Error {
  override readonly name = 'Exit';
  /** 1: refused or failed. 2: the command was not written as it has to be. */
  readonly code: 1 | 2;

  constructor(code: Exit['code'], message = '') {
    super(message);
    this.code = code;
  }
}
