import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../support/plinth/process.ts';
import { createCli } from './cli.ts';

/** The sections of docs/cli.md by command. */
function sections(): Map<string, string> {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
  const parts = page.split(/^## plinth /m).slice(1);
  return new Map(parts.map((part) => [/^\w+/.exec(part)?.[0] ?? '', part]));
}

const optionsIn = (text: string) =>
  new Set([...text.matchAll(/--[a-z]+(?:-[a-z]+)*/g)].map(([option]) => option));

test('docs/cli.md has every command and every option, and none that does not exist', async () => {
  const cli = createCli();
  const commandsIn = (help: string) =>
    [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z-]+)/gm)]
      .map(([, name]) => name as string)
      .filter((name) => name !== 'help');
  const commands = commandsIn((await cli('--help')).stdout);
  assert.deepEqual([...sections().keys()].toSorted(byText), commands.toSorted(byText));
  for (const [command, section] of sections()) {
    let help = (await cli(command, '--help')).stdout;
    if (command === 'users') {
      for (const name of commandsIn(help)) {
        assert.match(section, new RegExp(`plinth users ${name}\\b`));
        help += (await cli('users', name, '--help')).stdout;
      }
    }
    const known = optionsIn(help);
    for (const option of optionsIn(section)) assert.ok(known.has(option), `${command} has no ${option}`);
    known.delete('--help');
    for (const option of known)
      assert.ok(section.includes(option), `${command} ${option} is not in docs/cli.md`);
  }
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
