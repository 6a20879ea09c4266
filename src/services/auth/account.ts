import { principalOf, type SignedInPrincipal } from '#domain/access/principal.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { isObject } from '#domain/json/value.ts';
import { validationFailed, valueOf, type PresentedRecord } from '#services/records/index.ts';
import type { AuthDependencies } from './dependencies.ts';

/** The address is changed at `POST /auth/email`, all of them by admins at `/v1/users/{id}`. */
const builtIn = ['email', 'role', 'verified'];

export interface SessionView {
  readonly id: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly address: string;
  readonly agent: string | null;
  readonly current: boolean;
}

/** The actions of a user on the own account. */
export interface OwnAccount {
  logout(principal: SignedInPrincipal): Promise<void>;
  me(principal: SignedInPrincipal): Promise<PresentedRecord>;
  /** A merge patch of the properties that the `users` file adds, under the collection's own rules. */
  updateMe(principal: SignedInPrincipal, patch: unknown): Promise<PresentedRecord>;
  /** The principal's own, last used first. */
  sessions(principal: SignedInPrincipal): Promise<readonly SessionView[]>;
  /** One of the principal's own; `not_found` for any other. */
  endSession(principal: SignedInPrincipal, id: string): Promise<void>;
}

export function createAccount(dependencies: AuthDependencies): OwnAccount {
  const { database, records, clock, sessions, sessionCache, findUser } = dependencies;

  /** Ends one of the principal's sessions; false if it is not there, or another user's. */
  async function end(principal: SignedInPrincipal, sessionId: string): Promise<boolean> {
    const ended = await database.write((transaction) =>
      sessions.stored.remove(transaction, sessionId, principal.user.id),
    );
    sessionCache.invalidateSession(sessionId);
    return ended;
  }

  return {
    async logout(principal) {
      await end(principal, principal.credential.id);
    },

    async me(principal) {
      // The principal's copy may be a few seconds old.
      const user = await database.read((reader) => findUser(reader, principal.user.id));
      if (!user) throw new Problem('unauthenticated');
      return records.present(principalOf(user, principal.credential), usersName, user);
    },

    async updateMe(principal, patch) {
      const errors = refuseBuiltIn(principal.user, patch);
      if (errors.length > 0)
        throw validationFailed([...errors, ...records.check(principal, usersName, patch, 'update')]);
      const { id } = principal.user;
      const operation = { kind: 'update', collection: usersName, id, body: patch } as const;
      return valueOf((await records.execute(operation, { principal })).record);
    },

    async sessions(principal) {
      const now = clock.now().toISOString();
      const found = await database.read((reader) => sessions.stored.listOf(reader, principal.user.id, now));
      return found.map(({ id, createdAt, lastUsedAt, address, agent }) => ({
        id,
        createdAt,
        lastUsedAt,
        address,
        agent,
        current: id === principal.credential.id,
      }));
    },

    async endSession(principal, id) {
      const sessionId = parseUuid(id);
      if (sessionId === undefined || !(await end(principal, sessionId))) throw new Problem('not_found');
    },
  };
}

/** A value that is sent back as it was read is no change. */
function refuseBuiltIn(user: StoredRecord, patch: unknown): FieldError[] {
  if (!isObject(patch)) return [];
  return builtIn
    .filter((name) => Object.hasOwn(patch, name) && patch[name] !== user[name])
    .map((name) => ({ pointer: `/${name}`, code: 'readOnly', detail: 'cannot be changed here' }));
}
