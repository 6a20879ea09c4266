import type { CredentialsRepository, Database, Reader, UsersRepository } from '#data/index.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/telemetry/log.ts';
import type { Passwords } from '#platform/passwords.ts';
import type { Tokens } from '#platform/tokens.ts';
import type { RecordsService } from '#services/records/index.ts';
import type { Sessions } from './sessions.ts';
import type { SignInLimit } from './sign-in-limit.ts';
import type { SessionCache } from './session-cache.ts';

export interface AuthSettings {
  readonly accessTokenTtlMs: number;
  readonly refreshTokenTtlMs: number;
  readonly registration: 'open' | 'closed';
}

/** The dependencies that the files of this room share, put together in index.ts. */
export interface AuthDependencies {
  readonly database: Database;
  readonly records: RecordsService;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: AuthSettings;
  readonly users: UsersRepository;
  readonly credentials: CredentialsRepository;
  readonly sessions: Sessions;
  readonly sessionCache: SessionCache;
  readonly limit: SignInLimit;
  /** The whole record of a user, as rules see it. */
  readonly findUser: (reader: Reader, id: string) => Promise<StoredRecord | undefined>;
}
