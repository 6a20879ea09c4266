import { InvalidArgumentError, type Command } from 'commander';
import { openBackend, type Backend } from '#plinth';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { UserAdministration, UserSummary } from '#services/auth/index.ts';
import { valueOfCell } from '#services/transfer/index.ts';
import { printJson, printLine, tableText } from '../terminal/output.ts';
import { readPassword } from '../terminal/password.ts';
import { commandLog, settingsOf } from '../settings.ts';
import { Exit, type Terminal } from '../terminal/terminal.ts';

interface PasswordOptions {
  readonly passwordStdin?: true;
  readonly json?: true;
}

interface CreateOptions extends PasswordOptions {
  readonly role: string;
  readonly set: ReadonlyMap<string, string>;
}

const fromStdin = [
  '--password-stdin',
  'read the password from standard input instead of asking for it',
] as const;
const asJson = ['--json', 'print the result as JSON'] as const;

export function registerUsers(program: Command, terminal: Terminal): void {
  const users = program.command('users').description('Makes, lists, changes and deletes users.');
  users
    .command('create')
    .description('Makes a user; the password is asked for.')
    .argument('<email>')
    .option('--role <name>', 'admin, or a role of your own', 'user')
    .option(
      '--set <name=value>',
      'a property that the users file adds, once for each',
      nameAndValue,
      new Map(),
    )
    .option(...fromStdin)
    .option(...asJson)
    .action(async (email: string, { role, set, passwordStdin, json }: CreateOptions) => {
      const password = await readPassword(terminal, passwordStdin === true);
      const user = await administer(terminal, (administration, backend) =>
        administration.create({ email, password, role, own: ownProperties(backend, set) }),
      );
      printResult(terminal, json, user, `Made ${user.email} (${user.role}).`);
    });
  users
    .command('list')
    .description('Lists all users by address.')
    .option(...asJson)
    .action(async ({ json }: { json?: true }) => {
      const all = await administer(terminal, (administration) => administration.list());
      printResult(terminal, json, all, usersTable(all));
    });
  users
    .command('set-role')
    .description('Gives a user another role; it counts at once on this replica, within seconds on others.')
    .argument('<email>')
    .argument('<role>', 'user, admin, or a role of your own')
    .option(...asJson)
    .action(async (email: string, role: string, { json }: { json?: true }) => {
      const user = await administer(terminal, (administration) => administration.setRole(email, role));
      printResult(terminal, json, user, `${user.email} is ${user.role} now.`);
    });
  users
    .command('set-password')
    .description('Gives a user another password and ends all their sessions.')
    .argument('<email>')
    .option(...fromStdin)
    .option(...asJson)
    .action(async (email: string, { passwordStdin, json }: PasswordOptions) => {
      const password = await readPassword(terminal, passwordStdin === true);
      await administer(terminal, (administration) => administration.setPassword(email, password));
      printResult(
        terminal,
        json,
        { email, changed: true },
        `${email} has a new password; all sessions of theirs have ended.`,
      );
    });
  registerDelete(users, terminal);
}

function registerDelete(users: Command, terminal: Terminal): void {
  users
    .command('delete')
    .description('Deletes a user, and what the collections say goes with a user.')
    .argument('<email>')
    .option(...asJson)
    .action(async (email: string, { json }: { json?: true }) => {
      await administer(terminal, (administration) => administration.remove(email));
      printResult(terminal, json, { email, deleted: true }, `Deleted ${email}.`);
    });
}

/** Adds a property, given as `name=value`, to those before it. */
function nameAndValue(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Write NAME=VALUE.');
  return new Map(before).set(text.slice(0, at), text.slice(at + 1));
}

/** The values of --set, each read as a CSV cell of its property. */
function ownProperties({ collections }: Backend, set: ReadonlyMap<string, string>): Record<string, unknown> {
  const users = collections.current().collections.get(usersName);
  const values = [...set].map(([name, text]) => {
    if (name === 'email' || name === 'role') throw new Exit(1, `--set is not for ${name}.`);
    const property = users?.properties.get(name);
    return [name, property === undefined ? text : valueOfCell(property, text)] as const;
  });
  return Object.fromEntries(values);
}

async function administer<T>(
  terminal: Terminal,
  work: (administration: UserAdministration, backend: Backend) => Promise<T>,
): Promise<T> {
  const backend = await openBackend({ settings: settingsOf(terminal), log: commandLog(terminal) });
  try {
    return await work(backend.auth.administration, backend);
  } finally {
    await backend.close();
  }
}

function printResult(terminal: Terminal, json: true | undefined, result: unknown, sentence: string): void {
  if (json) printJson(terminal, result);
  else printLine(terminal, sentence);
}

function usersTable(users: readonly UserSummary[]): string {
  if (users.length === 0) return 'There are no users yet.';
  const rows = users.map(({ email, role, verified, createdAt, id }) => [
    email,
    role,
    verified ? 'yes' : 'no',
    createdAt,
    id,
  ]);
  return tableText([['EMAIL', 'ROLE', 'VERIFIED', 'CREATED', 'ID'], ...rows]);
}
