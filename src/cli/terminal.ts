import { ownSource, type SettingsSource } from '#config/index.ts';

/** What a command touches outside of the program: handed in, so that tests can stand in for it. */
export interface Terminal extends SettingsSource {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The process's own. */
export function processTerminal(): Terminal {
  return { ...ownSource(), stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
}
