import { systemPrincipal } from '#domain/access/principal.ts';
import { normaliseEmail } from '#domain/access/email.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { isOperatorProblem, Problem } from '#domain/errors/problem.ts';
import { refusePassword } from '#platform/passwords.ts';
import type { Transaction, StoredUser } from '#data/index.ts';
import type { AuthDependencies } from './dependencies.ts';

export interface UserSummary {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly verified: boolean;
  readonly createdAt: string;
}

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly role?: string;
  /** Values of properties that the users file adds. */
  readonly own?: Readonly<Record<string, unknown>>;
}

/** Users as operators manage them, from the command line and at start. */
export interface UserAdministration {
  create(user: NewUser): Promise<UserSummary>;
  /** All users, by address. */
  list(): Promise<readonly UserSummary[]>;
  setRole(email: string, role: string): Promise<UserSummary>;
  /** Every session of the user is ended. */
  setPassword(email: string, password: string): Promise<void>;
  remove(email: string): Promise<void>;
  /** ADMIN_EMAIL and ADMIN_PASSWORD: made if that user does not exist; true if it was made. */
  ensureAdmin(email: string, password: string): Promise<boolean>;
}

/** Creates the administration. Its methods throw Problem, and forget the cached sessions of a changed user. */
export function createAdministration(dependencies: AuthDependencies): UserAdministration {
  const { database, passwords, clock, users, credentials, records, sessions, sessionCache } = dependencies;

  /** Changes the user with this address in one transaction. Throws `unknown_user`. */
  async function change<T>(
    email: string,
    work: (transaction: Transaction, user: StoredUser) => Promise<T>,
  ): Promise<T> {
    const address = addressOf(email);
    const { changed, userId } = await database
      .write(async (transaction) => {
        const user = await users.findByEmail(transaction, address);
        if (!user)
          throw new Problem('unknown_user', { detail: `There is no user with the address ${address}.` });
        return { changed: await work(transaction, user), userId: user.id };
      })
      .catch(refuse(address));
    sessionCache.invalidateUsers(new Set([userId]));
    return changed;
  }

  return {
    create: (user) => create(dependencies, user),
    list: () => database.read((reader) => users.list(reader)),
    setRole: (email, role) =>
      change(email, async (transaction, user) => {
        await records.write(
          { kind: 'update', collection: usersName, id: user.id, body: { role } },
          { principal: systemPrincipal, within: { transaction } },
        );
        return { ...user, role };
      }),
    async setPassword(email, password) {
      const hash = await passwords.hash(admitted(password, addressOf(email)));
      await change(email, async (transaction, user) => {
        await credentials.put(transaction, user.id, hash, clock.now().toISOString());
        await sessions.stored.removeAllOf(transaction, user.id);
      });
    },
    remove: (email) =>
      change(email, async (transaction, { id }) => {
        const operation = { kind: 'delete', collection: usersName, id } as const;
        await records.write(operation, { principal: systemPrincipal, within: { transaction } });
      }),
    async ensureAdmin(email, password) {
      const address = addressOf(email);
      const isThere = () => database.read((reader) => users.findByEmail(reader, address));
      if (await isThere()) return false;
      try {
        await create(dependencies, { email, password, role: 'admin' });
        return true;
      } catch (error) {
        // Another replica, started at the same moment, was first.
        if (error instanceof Problem && (await isThere())) return false;
        throw withMoreToSay(error, address);
      }
    },
  };
}

async function create(dependencies: AuthDependencies, user: NewUser): Promise<UserSummary> {
  const { database, passwords, clock, users, credentials, records } = dependencies;
  const email = addressOf(user.email);
  const hash = await passwords.hash(admitted(user.password, email));
  const body = { ...user.own, email, ...(user.role !== undefined && { role: user.role }) };
  return database
    .write(async (transaction) => {
      const { after: record } = await records.write(
        { kind: 'create', collection: usersName, body },
        { principal: systemPrincipal, within: { transaction } },
      );
      await credentials.put(transaction, record.id, hash, clock.now().toISOString());
      return (await users.findByEmail(transaction, email)) as UserSummary;
    })
    .catch(refuse(email));
}

function addressOf(email: string): string {
  const address = normaliseEmail(email);
  if (address === null)
    throw new Problem('invalid_user', { detail: `${JSON.stringify(email)} is not an email address.` });
  return address;
}

function admitted(password: string, address: string): string {
  const refusal = refusePassword(password, address);
  if (refusal) throw new Problem('invalid_user', { detail: `The password ${refusal.detail}.` });
  return password;
}

/** The properties that the users file requires cannot be given by ADMIN_EMAIL and ADMIN_PASSWORD. */
function withMoreToSay(error: unknown, address: string): unknown {
  const { cause } = error as Error;
  const { errors = [] } = cause instanceof Problem ? cause.details : {};
  const missing = errors.filter(({ code }) => code === 'required').map(({ pointer }) => pointer.slice(1));
  if (missing.length === 0) return error;
  const options = missing.map((name) => `--set ${name}=VALUE`).join(' ');
  return new Problem('invalid_user', {
    detail:
      `The admin that ADMIN_EMAIL names cannot be made: users need ${missing.join(', ')} as well. ` +
      `Make it once with "plinth users create ${address} --role admin ${options}", or give these properties a default.`,
    cause: error,
  });
}

/** Turns a problem of the record into one of the user, in sentences for operators. */
function refuse(address: string) {
  return (error: unknown): never => {
    if (!(error instanceof Problem) || isOperatorProblem(error)) throw error;
    const { errors = [], detail } = error.details;
    if (error.code === 'conflict' && errors.some(({ pointer }) => pointer === '/email')) {
      throw new Problem('user_exists', {
        detail: `There already is a user with the address ${address}.`,
        cause: error,
      });
    }
    if (errors.length === 0)
      throw new Problem('invalid_user', {
        detail: `The user ${address}: ${detail ?? error.message}.`,
        cause: error,
      });
    const sentences = errors.map(({ pointer, detail: what }) => `${pointer.slice(1)} ${what}`);
    throw new Problem('invalid_user', {
      detail: `The user ${address} cannot be stored like this: ${sentences.join('; ')}.`,
      cause: error,
    });
  };
}
