import type { Database } from '#data/index.ts';
import { anonymous, principalOf, systemPrincipal, type Principal } from '#domain/access/principal.ts';
import { usersDefinition } from '#domain/collections/built-in/users.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { mergeUsers } from '#domain/collections/built-in/users.ts';
import { Problem } from '#domain/errors/problem.ts';
import { createIds } from '#platform/ids.ts';
import type { Log } from '#platform/log.ts';
import { createCollections } from '#services/collections/index.ts';
import { createRecords, type PresentedRecord, type RecordsService } from '#services/records/index.ts';
import type { TestDatabase } from '../../support/databases.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A time that tests move by hand. */
export class TestClock {
  time = Date.parse('2026-03-01T12:00:00.000Z');
  now(): Date {
    return new Date(this.time);
  }
}

export interface World {
  readonly database: Database;
  readonly records: RecordsService;
  readonly clock: TestClock;
  readonly admin: Principal;
  /** Puts other definitions in force. */
  readonly apply: (definitions: readonly CollectionDefinition[]) => Promise<void>;
  /** A registered user with that email's first part as name. */
  readonly user: (name: string) => Promise<Principal>;
  /** Creates a record as an admin. */
  readonly seed: (collection: string, body: object) => Promise<PresentedRecord>;
}

/** A fresh database with these collections in force. */
export async function openWorld(
  testDatabase: TestDatabase,
  definitions: readonly CollectionDefinition[],
): Promise<World> {
  const database = await testDatabase.open();
  const clock = new TestClock();
  const collections = createCollections({ database, log: quiet });
  const apply = async (wanted: readonly CollectionDefinition[]) => {
    const hasUsers = wanted.some(({ name }) => name === 'users');
    await collections.apply(hasUsers ? wanted.map(withUsers) : [...wanted, usersDefinition]);
  };
  await apply(definitions);
  const records = createRecords({
    database,
    collections,
    clock,
    ids: createIds(clock),
    cursorSecret: 'secret',
  });
  const makeUser = async (name: string, role: string) => {
    const body = { email: `${name}@example.com`, role };
    const options = { skipRule: true } as const;
    const record = await database.write((transaction) =>
      records.within.create(transaction, systemPrincipal, 'users', body, options),
    );
    return principalOf(record, { kind: 'session', id: record.id });
  };
  const admin = await makeUser('admin', 'admin');
  return {
    database,
    records,
    clock,
    admin,
    apply,
    user: (name) => makeUser(name, 'user'),
    seed: async (collection, body) => (await records.create(admin, collection, body, new Map())).record,
  };
}

/** A `users` definition, completed as the loader of files does it. */
function withUsers(definition: CollectionDefinition): CollectionDefinition {
  return definition.name === usersDefinition.name ? mergeUsers(definition) : definition;
}

export const nobody = anonymous;

/** Parameters of a list or a record. */
export function query(parameters: Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> {
  return new Map(Object.entries(parameters));
}

/** The problem that a call fails with. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** `code` and `pointer code` of each error: what most tests look at. */
export async function failureOf(work: Promise<unknown>): Promise<string[]> {
  const { code, details } = await problemOf(work);
  return [code, ...(details.errors ?? []).map((error) => `${error.pointer} ${error.code}`)];
}
