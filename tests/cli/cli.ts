import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { run } from '#cli/run.ts';
import type { Terminal } from '#cli/terminal/terminal.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { temporaryFolder } from '../support/plinth/process.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Input {
  readonly stdin?: string;
  /** Whether the three streams are a terminal, at which `stdin` is typed line by line. */
  readonly terminal?: boolean;
}

export interface Cli {
  readonly directory: string;
  /** Runs one command in this process, in a folder of its own. */
  (...args: string[]): Promise<Said>;
  /** The same with something on standard input. */
  with(input: Input, ...args: string[]): Promise<Said>;
  /** The parsed standard output of a command with --json. */
  json(...args: string[]): Promise<unknown>;
  define(...definitions: CollectionDefinition[]): void;
  write(name: string, text: string): string;
}

/** The command line over a new folder, with the collections that `define` writes and this environment. */
export function createCli(environment: Record<string, string> = {}): Cli {
  const directory = temporaryFolder();
  mkdirSync(join(directory, 'collections'));

  async function call({ stdin = '', terminal = false }: Input, args: readonly string[]): Promise<Said> {
    const typed = new PassThrough();
    const lines = stdin.split('\n');
    const stdout = collector();
    // Who sits at a terminal answers when asked.
    const stderr = collector((text) => {
      if (terminal && text.endsWith(': ')) setImmediate(() => typed.write(`${lines.shift() ?? ''}\n`));
    });
    const input = terminal ? Object.assign(typed, { setRawMode: () => undefined }) : Readable.from([stdin]);
    const world = { environment, directory, stdin: input, stdout: stdout.stream, stderr: stderr.stream };
    for (const stream of [input, stdout.stream, stderr.stream]) Object.assign(stream, { isTTY: terminal });
    const code = await run(args, world as unknown as Terminal);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  }

  const write = (name: string, text: string) => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  return Object.assign((...args: string[]) => call({}, args), {
    directory,
    with: (input: Input, ...args: string[]) => call(input, args),
    json: async (...args: string[]) => JSON.parse((await call({}, [...args, '--json'])).stdout) as unknown,
    define(...definitions: CollectionDefinition[]) {
      for (const definition of definitions) {
        write(join('collections', `${definition.name}.json`), JSON.stringify(definition));
      }
    },
    write,
  });
}

function collector(onText: (text: string) => void = () => undefined): {
  stream: Writable;
  text: () => string;
} {
  const parts: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      parts.push(String(chunk));
      onText(String(chunk));
      done();
    },
  });
  return { stream, text: () => parts.join('') };
}
