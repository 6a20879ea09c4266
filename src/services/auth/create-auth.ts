import {
  createCredentialsRepository,
  createRecordsRepository,
  createUsersRepository,
  type Database,
  type Reader,
} from '#data/index.ts';
import { principalOf } from '#domain/access/principal.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { Collection } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Clock } from '#platform/clock.ts';
import type { Ids } from '#platform/ids.ts';
import type { Log } from '#platform/telemetry/log.ts';
import type { Passwords } from '#platform/passwords.ts';
import { createSweeper } from '#platform/sweeper.ts';
import type { Tokens } from '#platform/tokens.ts';
import type { ChangesService } from '#services/changes/index.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import type { RecordsService } from '#services/records/index.ts';
import { createAccount } from './account.ts';
import { createAdministration } from './administration.ts';
import type { AuthService } from './auth.ts';
import { createChangeEmail } from './change-email.ts';
import { createLogin } from './login.ts';
import type { AuthDependencies, AuthSettings } from './dependencies.ts';
import { createChangePassword } from './password.ts';
import { createRefresh } from './refresh.ts';
import { createRegister } from './register.ts';
import { createSessions } from './sessions.ts';
import { SignInLimit } from './sign-in-limit.ts';
import { createSessionCache, type ActiveSession } from './session-cache.ts';

export interface AuthOptions {
  readonly database: Database;
  readonly collections: Pick<CollectionsService, 'current'>;
  readonly records: RecordsService;
  readonly changes: Pick<ChangesService, 'subscribe'>;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly settings: AuthSettings;
  readonly log: Log;
}

/** Identity. Nothing is asked of the database before the first call. */
export function createAuth(options: AuthOptions): AuthService {
  const { database, collections, changes, tokens, clock, ids, settings, log } = options;
  const users = createUsersRepository(database);
  const credentials = createCredentialsRepository(database);
  const { refreshTokenTtlMs } = settings;
  const sessions = createSessions({ database, tokens, clock, ids, refreshTokenTtlMs });
  const stored = createRecordsRepository(database);
  const usersCollection = () => collections.current().collections.get(usersName) as Collection;
  const findUser = (reader: Reader, id: string) => stored.find(reader, usersCollection(), id);

  const load = (sessionId: string): Promise<ActiveSession | null> =>
    database.read(async (reader) => {
      const open = await sessions.stored.find(reader, sessionId);
      const user = open && (await findUser(reader, open.user));
      if (!user) return null;
      return {
        principal: principalOf(user, { kind: 'session', id: sessionId }),
        expiresAtMs: Date.parse(open.expiresAt),
      };
    });
  const sessionCache = createSessionCache({ load, clock });

  changes.subscribe(({ changed }) => {
    const ids = changed?.get(usersName);
    if (ids) sessionCache.invalidateUsers(ids);
    else if (ids === null || changed === undefined) sessionCache.invalidateAll();
  });

  const limit = new SignInLimit({ database, users, sessions, tokens, clock });
  const parts: AuthDependencies = { ...options, users, credentials, sessions, sessionCache, limit, findUser };
  return {
    register: createRegister(parts),
    login: createLogin(parts),
    refresh: createRefresh(parts),
    changePassword: createChangePassword(parts),
    changeEmail: createChangeEmail(parts),
    ...createAccount(parts),
    administration: createAdministration(parts),
    async authenticate(accessToken) {
      const { userId, sessionId } = await tokens.verifyAccess(accessToken);
      const active = await sessionCache.get(sessionId);
      const isGood =
        active !== null && active.principal.user.id === userId && active.expiresAtMs > clock.now().getTime();
      if (!isGood) throw new Problem('unauthenticated', { detail: 'The session has ended' });
      return active.principal;
    },
    ...createSweeper({
      name: 'expired sessions',
      sweep: () => database.write((transaction) => sessions.sweep(transaction)),
      log,
    }),
    name: 'auth',
  };
}
