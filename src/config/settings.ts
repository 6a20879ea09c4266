import * as types from './setting-types.ts';
import type { SettingType } from './setting-types.ts';

interface SettingBase<T> {
  /** The name in the environment and in `.env`. */
  readonly name: string;
  readonly type: SettingType<T>;
  /** The value is never shown, and a variable `<name>_FILE` may name a file that holds it. */
  readonly secret?: true;
  /** The effect, in one sentence. */
  readonly meaning: string;
}

export interface SettingWithDefault<T> extends SettingBase<T> {
  /** The default as text, as in the environment. */
  readonly default: string;
}

export interface OptionalSetting<T> extends SettingBase<T> {
  /** The behaviour without the setting, in words. */
  readonly without: string;
}

export type Setting = SettingWithDefault<unknown> | OptionalSetting<unknown>;

/** Every setting. The key is its name in the program, `name` its name in the environment. */
export const table = {
  nodeEnv: {
    name: 'NODE_ENV',
    default: 'development',
    type: types.text,
    meaning: 'With `production`, secrets that replicas must share are required instead of made.',
  },
  host: {
    name: 'HOST',
    default: '127.0.0.1',
    type: types.host,
    meaning: 'Address to listen on; `0.0.0.0` for every network, as in a container.',
  },
  port: {
    name: 'PORT',
    default: '3000',
    type: types.integer(0, 65_535),
    meaning: 'Port to listen on; 0 takes a free one.',
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    without: 'the address it listens on',
    type: types.webUrl,
    meaning: 'Address under which clients reach the service, when a proxy stands before it.',
  },
  dataDir: {
    name: 'DATA_DIR',
    default: './data',
    type: types.path,
    meaning: 'Folder for what Plinth keeps itself: the SQLite database and a secret it has made.',
  },
  collectionsDir: {
    name: 'COLLECTIONS_DIR',
    default: './collections',
    type: types.path,
    meaning: 'Folder of the collection files.',
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    without: '`sqlite:plinth.db` in DATA_DIR',
    type: types.databaseUrl,
    secret: true,
    meaning: 'The database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.',
  },
  databasePoolMax: {
    name: 'DATABASE_POOL_MAX',
    default: '20',
    type: types.integer(2, 1_000),
    meaning:
      'Connections to PostgreSQL that one process may hold; no caller and no collection holds more than half of them.',
  },
  databaseStatementTimeoutMs: {
    name: 'DATABASE_STATEMENT_TIMEOUT_MS',
    default: '15000',
    type: types.integer(100, 3_600_000),
    meaning: 'Milliseconds after which a statement is given up; on SQLite, one that reads.',
  },
  databasePrepare: {
    name: 'DATABASE_PREPARE',
    default: 'auto',
    type: types.oneOf('auto', 'off'),
    meaning:
      'Whether PostgreSQL keeps prepared statements; `auto` does without behind a connection pooler, `off` always.',
  },
  applyOnStart: {
    name: 'APPLY_ON_START',
    default: 'safe',
    type: types.oneOf('safe', 'off'),
    meaning: 'Whether `serve` makes safe schema changes itself; `off` leaves them to `plinth apply`.',
  },
  authSecret: {
    name: 'AUTH_SECRET',
    without: 'made once and kept in DATA_DIR',
    type: types.secretOf(32),
    secret: true,
    meaning:
      'The keys of access tokens and cursors derive from it; the same on every replica; required in production on PostgreSQL.',
  },
  accessTokenTtlMs: {
    name: 'ACCESS_TOKEN_TTL',
    default: '15m',
    type: types.duration('1s', '1d'),
    meaning: 'How long an access token is valid.',
  },
  refreshTokenTtlMs: {
    name: 'REFRESH_TOKEN_TTL',
    default: '30d',
    type: types.duration('1m', '366d'),
    meaning: 'How long a session lives without being refreshed.',
  },
  registration: {
    name: 'REGISTRATION',
    default: 'open',
    type: types.oneOf('open', 'closed'),
    meaning: 'Whether people may register themselves.',
  },
  adminEmail: {
    name: 'ADMIN_EMAIL',
    without: 'none',
    type: types.email,
    meaning: 'An admin made at start if no user has this address.',
  },
  adminPassword: {
    name: 'ADMIN_PASSWORD',
    without: 'none',
    type: types.password,
    secret: true,
    meaning: 'The password that admin is made with; it is not changed afterwards.',
  },
  corsOrigins: {
    name: 'CORS_ORIGINS',
    default: 'none',
    type: types.origins,
    meaning: 'Origins whose pages may call the service from a browser, separated by commas.',
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    default: 'none',
    type: types.networks,
    meaning:
      'Addresses or networks of proxies whose `X-Forwarded-…` headers are believed, separated by commas.',
  },
  redisUrl: {
    name: 'REDIS_URL',
    without: 'each process counts by itself',
    type: types.redisUrl,
    secret: true,
    meaning:
      'A Redis server through which replicas share their counts of requests and their cached responses.',
  },
  redisTimeoutMs: {
    name: 'REDIS_TIMEOUT_MS',
    default: '100',
    type: types.integer(5, 10_000),
    meaning: 'Milliseconds that Redis may take to answer; then the process decides by itself.',
  },
  rateLimit: {
    name: 'RATE_LIMIT',
    default: 'on',
    type: types.oneOf('on', 'off'),
    meaning: 'Whether requests are limited; `off` where something in front of the service does it.',
  },
  rateLimitDefault: {
    name: 'RATE_LIMIT_DEFAULT',
    default: '600/1m',
    type: types.quota,
    meaning: 'Requests that a signed-in user may make.',
  },
  rateLimitAuth: {
    name: 'RATE_LIMIT_AUTH',
    default: '10/1m',
    type: types.quota,
    meaning:
      'Requests that an address may make to sign in, register, refresh, or change a password or address; as many failures for an account.',
  },
  rateLimitAnonymous: {
    name: 'RATE_LIMIT_ANONYMOUS',
    default: '120/1m',
    type: types.quota,
    meaning: 'Requests that an address may make without being signed in.',
  },
  cache: {
    name: 'CACHE',
    default: 'on',
    type: types.oneOf('on', 'off'),
    meaning: 'Whether responses about collections with "cache" are cached.',
  },
  cacheItemsMax: {
    name: 'CACHE_MAX_ITEMS',
    default: '10000',
    type: types.integer(1, 1_000_000),
    meaning: 'Responses that a process caches in memory, 32 MB of them at most.',
  },
  changesRetentionMs: {
    name: 'CHANGES_RETENTION',
    default: '7d',
    type: types.duration('1m', '366d'),
    meaning: 'How far back the change log reaches; older entries are removed.',
  },
  bodyLimitBytes: {
    name: 'BODY_LIMIT',
    default: '1mb',
    type: types.size('1kb', '100mb'),
    meaning: 'Largest request body.',
  },
  requestTimeoutMs: {
    name: 'REQUEST_TIMEOUT',
    default: '30s',
    type: types.duration('1s', '10m'),
    meaning: 'How long a request may take to arrive.',
  },
  shutdownTimeoutMs: {
    name: 'SHUTDOWN_TIMEOUT',
    default: '25s',
    type: types.duration('100ms', '10m'),
    meaning: 'How long requests in flight may take to finish when the process is told to stop.',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    default: 'info',
    type: types.oneOf('debug', 'info', 'warn', 'error', 'silent'),
    meaning: 'Least level that is logged.',
  },
  logFormat: {
    name: 'LOG_FORMAT',
    without: 'pretty on a terminal, else json',
    type: types.oneOf('pretty', 'json'),
    meaning: 'Log lines for people or for machines.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

type ValueOf<S> =
  S extends SettingWithDefault<infer T> ? T : S extends OptionalSetting<infer T> ? T | undefined : never;

type Values = { readonly [K in keyof typeof table]: ValueOf<(typeof table)[K]> };

/** The settings in force: durations in milliseconds, sizes in bytes, paths absolute. */
export type Settings = Omit<Values, 'databaseUrl'> & { readonly databaseUrl: string };
