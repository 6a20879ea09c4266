import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Exit, type Terminal } from './terminal.ts';

/** Reads a password from standard input, or prompts for it twice without showing it. Throws Exit. */
export async function readPassword(terminal: Terminal, fromStdin: boolean): Promise<string> {
  if (fromStdin) return (await text(terminal.stdin)).replace(/\r?\n$/, '');
  if (!terminal.stdin.isTTY) {
    throw new Exit(1, 'There is no terminal to ask for the password on. Pass it with --password-stdin.');
  }
  const password = await ask(terminal, 'Password: ');
  if ((await ask(terminal, 'Again: ')) === password) return password;
  throw new Exit(1, 'The two passwords differ. Nothing was changed.');
}

async function ask(terminal: Terminal, question: string): Promise<string> {
  terminal.stderr.write(question);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: terminal.stdin, output: mute, terminal: true });
  try {
    const { promise, reject } = Promise.withResolvers<never>();
    lines.once('close', () => reject(new Exit(1, 'No password was given.')));
    return await Promise.race([lines.question(''), promise]);
  } finally {
    lines.close();
    terminal.stderr.write('\n');
  }
}
