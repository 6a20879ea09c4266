import type { Command } from 'commander';
import { openBackend } from '#app';
import type { UserAdministration, UserSummary } from '#services/auth/index.ts';
import { printJson, printLine, tableText } from './output.ts';
import { readPassword } from './password.ts';
import { commandLog, settingsOf } from './settings.ts';
import type { World } from './world.ts';

interface PasswordOptions {
  readonly passwordStdin?: true;
  readonly json?: true;
}

const fromStdin = [
  '--password-stdin',
  'read the password from standard input instead of asking for it',
] as const;
const asJson = ['--json', 'print the result as JSON'] as const;

export function registerUsers(program: Command, world: World): void {
  const users = program.command('users').description('Makes, lists, changes and deletes users.');
  users
    .command('create')
    .description('Makes a user; the password is asked for.')
    .argument('<email>')
    .option('--role <name>', 'admin, or a role of your own', 'user')
    .option(...fromStdin)
    .option(...asJson)
    .action(async (email: string, { role, passwordStdin, json }: PasswordOptions & { role: string }) => {
      const password = await readPassword(world, passwordStdin === true);
      const user = await administer(world, (administration) =>
        administration.create({ email, password, role }),
      );
      tell(world, json, user, `Made ${user.email} (${user.role}).`);
    });
  users
    .command('list')
    .description('Lists all users by address.')
    .option(...asJson)
    .action(async ({ json }: { json?: true }) => {
      const all = await administer(world, (administration) => administration.list());
      tell(world, json, all, usersTable(all));
    });
  users
    .command('set-role')
    .description('Gives a user another role; it counts at once on this replica, within seconds on others.')
    .argument('<email>')
    .argument('<role>', 'user, admin, or a role of your own')
    .option(...asJson)
    .action(async (email: string, role: string, { json }: { json?: true }) => {
      const user = await administer(world, (administration) => administration.setRole(email, role));
      tell(world, json, user, `${user.email} is ${user.role} now.`);
    });
  users
    .command('set-password')
    .description('Gives a user another password and ends all their sessions.')
    .argument('<email>')
    .option(...fromStdin)
    .option(...asJson)
    .action(async (email: string, { passwordStdin, json }: PasswordOptions) => {
      const password = await readPassword(world, passwordStdin === true);
      await administer(world, (administration) => administration.setPassword(email, password));
      tell(
        world,
        json,
        { email, changed: true },
        `${email} has a new password; all sessions of theirs have ended.`,
      );
    });
  registerDelete(users, world);
}

function registerDelete(users: Command, world: World): void {
  users
    .command('delete')
    .description('Deletes a user, and what the collections say goes with a user.')
    .argument('<email>')
    .option(...asJson)
    .action(async (email: string, { json }: { json?: true }) => {
      await administer(world, (administration) => administration.remove(email));
      tell(world, json, { email, deleted: true }, `Deleted ${email}.`);
    });
}

async function administer<T>(
  world: World,
  work: (administration: UserAdministration) => Promise<T>,
): Promise<T> {
  const backend = await openBackend({ settings: settingsOf(world), log: commandLog(world) });
  try {
    return await work(backend.auth.administration);
  } finally {
    await backend.close();
  }
}

function tell(world: World, json: true | undefined, result: unknown, sentence: string): void {
  if (json) printJson(world, result);
  else printLine(world, sentence);
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
