import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Refusal } from '#domain/errors/refusal.ts';
import type { World } from './world.ts';

/** The password for a user: from standard input, or asked for twice on a terminal that does not show it. */
export async function readPassword(world: World, fromStdin: boolean): Promise<string> {
  if (fromStdin) return (await text(world.stdin)).replace(/\r?\n$/, '');
  if (!world.stdin.isTTY) {
    throw new Refusal('There is no terminal to ask for the password on. Pass it with --password-stdin.');
  }
  const password = await ask(world, 'Password: ');
  if ((await ask(world, 'Again: ')) === password) return password;
  throw new Refusal('The two passwords differ. Nothing was changed.');
}

async function ask(world: World, question: string): Promise<string> {
  world.stderr.write(question);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: world.stdin, output: mute, terminal: true });
  try {
    const { promise, reject } = Promise.withResolvers<never>();
    lines.once('close', () => reject(new Refusal('No password was given.')));
    return await Promise.race([lines.question(''), promise]);
  } finally {
    lines.close();
    world.stderr.write('\n');
  }
}
