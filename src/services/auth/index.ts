import {
  createCredentialsRepository,
  createRecordsRepository,
  createUsersRepository,
  type Database,
  type Reader,
} from '#data/index.ts';
import { principalOf, type SignedInPrincipal } from '#domain/access/principal.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { Collection } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Clock } from '#platform/clock.ts';
import type { Ids } from '#platform/ids.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Log } from '#platform/telemetry/log.ts';
import type { Passwords } from '#platform/passwords.ts';
import { createSweeper } from '#platform/sweeper.ts';
import type { Tokens } from '#platform/tokens.ts';
import type { ChangesService } from '#services/changes/index.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import type { PresentedRecord, RecordsService } from '#services/records/index.ts';
import { createAccount, type OwnAccount } from './account.ts';
import { createAdministration, type UserAdministration } from './administration.ts';
import { createChangeEmail } from './change-email.ts';
import { createLogin } from './login.ts';
import type { AuthDependencies, AuthSettings } from './dependencies.ts';
import { createChangePassword } from './password.ts';
import { createRefresh } from './refresh.ts';
import { createRegister } from './register.ts';
import type { Origin } from './origin.ts';
import { createSessions } from './sessions.ts';
import type { SignedIn } from './signed-in.ts';
import { SignInLimit } from './sign-in-limit.ts';
import { createSessionCache, type ActiveSession } from './session-cache.ts';

export type { SessionView } from './account.ts';
export type { NewUser, UserAdministration, UserSummary } from './administration.ts';
export type { AttemptMeter, Origin } from './origin.ts';
export type { SignedIn } from './signed-in.ts';

/** Identity. Throws Problem; `rate_limited` where the origin of a request has a meter. */
export interface AuthService extends OwnAccount, Lifecycle {
  /** `{ email, password, …own properties }`. `forbidden` when registration is closed, `conflict` for a taken address. */
  register(body: unknown, origin: Origin): Promise<SignedIn>;
  /** `{ email, password }`. `invalid_credentials`, alike in body and time whether the address is known or not. */
  login(body: unknown, origin: Origin): Promise<SignedIn>;
  /** `{ refreshToken }`: a new pair. `unauthenticated` for one that is not good (any more). */
  refresh(body: unknown, origin?: Pick<Origin, 'meter'>): Promise<SignedIn>;
  /** `{ current, new }`; every other session is ended. `invalid_credentials` when `current` is wrong. */
  changePassword(
    principal: SignedInPrincipal,
    body: unknown,
    origin?: Pick<Origin, 'address' | 'meter'>,
  ): Promise<void>;
  /**
   * `{ password, email }`: the user as they are now. `verified` falls and every other session is ended.
   * `invalid_credentials` for a wrong password, `conflict` for a taken address.
   */
  changeEmail(
    principal: SignedInPrincipal,
    body: unknown,
    origin?: Pick<Origin, 'address' | 'meter'>,
  ): Promise<PresentedRecord>;
  /**
   * The user behind an access token, with its session. No database query while the session was checked in the last few
   * seconds. Throws `unauthenticated` or `token_expired`.
   */
  authenticate(accessToken: string): Promise<SignedInPrincipal>;
  /** For operators, from the command line and at start. Throws `unknown_user`, `user_exists` or `invalid_user`. */
  readonly administration: UserAdministration;
  /** Begins to remove expired sessions, now and every ten minutes. */
  start(): void;
  stop(): Promise<void>;
}

export interface AuthOptions {
  readonly database: Database;
  readonly collections: Pick<CollectionsService, 'current' | 'revision' | 'follow'>;
  readonly records: RecordsService;
  readonly changes: Pick<ChangesService, 'subscribe'>;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly clock: Clock;
  /** By this one expired sessions are removed; `clock` when left out. */
  readonly expiryClock?: Clock;
  readonly ids: Ids;
  readonly settings: AuthSettings;
  readonly log: Log;
}

/** Nothing is asked of the database before the first call. One per process. */
export function createAuth({ database: plain, ...others }: AuthOptions): AuthService {
  const options = { ...others, database: following(plain, others.collections) };
  const { database, collections, changes, tokens, clock, expiryClock = clock, ids, settings, log } = options;
  const users = createUsersRepository(database);
  const credentials = createCredentialsRepository(database);
  const { refreshTokenTtlMs } = settings;
  const sessions = createSessions({ database, tokens, clock, expiryClock, ids, refreshTokenTtlMs });
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
  const dependencies: AuthDependencies = {
    ...options,
    users,
    credentials,
    sessions,
    sessionCache,
    limit,
    findUser,
  };
  return {
    register: createRegister(dependencies),
    login: createLogin(dependencies),
    refresh: createRefresh(dependencies),
    changePassword: createChangePassword(dependencies),
    changeEmail: createChangeEmail(dependencies),
    ...createAccount(dependencies),
    administration: createAdministration(dependencies),
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

/** The database, for work that asks for the definitions in force when it runs: it is run again when they have changed. */
function following(database: Database, { follow, revision }: AuthOptions['collections']): Database {
  return {
    ...database,
    read: (work, demand) => follow(() => database.read(work, demand)),
    write: (work, options) => follow(() => database.write(work, { definitions: revision(), ...options })),
  };
}
