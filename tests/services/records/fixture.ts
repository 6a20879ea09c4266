import { anonymous, principalOf, systemPrincipal, type Principal } from '#domain/access/principal.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { PresentedRecord } from '#services/records/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { openServices, type OpenServices } from '../../support/plinth/services.ts';

export interface World extends OpenServices {
  readonly admin: Principal;
  /** A user with that first part of an email address, who has never signed in. */
  readonly user: (name: string) => Promise<Principal>;
  /** Creates a record as an admin. */
  readonly seed: (collection: string, body: object) => Promise<PresentedRecord>;
}

/** The services over a fresh database with these collections in force, and people to try them as. */
export async function openWorld(
  testDatabase: TestDatabase,
  definitions: readonly CollectionDefinition[],
): Promise<World> {
  const services = await openServices(testDatabase, { definitions });
  const { database, records } = services;
  const makeUser = async (name: string, role: string) => {
    const body = { email: `${name}@example.com`, role };
    const record = await database.write((transaction) =>
      records.within.create(transaction, systemPrincipal, 'users', body),
    );
    return principalOf(record, { kind: 'session', id: record.id });
  };
  const admin = await makeUser('admin', 'admin');
  return {
    ...services,
    admin,
    user: (name) => makeUser(name, 'user'),
    seed: async (collection, body) => (await records.create(admin, collection, body, new Map())).record,
  };
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
