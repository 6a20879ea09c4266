/** So many requests in so many milliseconds, which have to be whole seconds. */
export interface RequestQuota {
  readonly quota: number;
  readonly windowMs: number;
}

/** How an embedded Plinth behaves. Everything has a default; durations are milliseconds, sizes bytes. */
export interface PlinthSettings {
  /** Folder for the SQLite database and a secret that Plinth makes itself: `./data`. */
  readonly dataDir?: string;
  /** `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`: `sqlite:plinth.db` in `dataDir`. */
  readonly databaseUrl?: string;
  /** Connections to PostgreSQL that this instance may hold: 10. */
  readonly databasePoolMax?: number;
  /** When PostgreSQL gives up a statement: 15,000. */
  readonly databaseStatementTimeoutMs?: number;
  /** Whether PostgreSQL keeps prepared statements; `auto` does without behind a connection pooler: `auto`. */
  readonly databasePrepare?: 'auto' | 'off';
  /** Whether the start makes safe schema changes; with `off` it fails when the database differs: `safe`. */
  readonly applyOnStart?: 'safe' | 'off';
  /**
   * At least 32 bytes; the keys of access tokens and cursors derive from it. On SQLite one is made and kept in
   * `dataDir`; PostgreSQL needs the same one in every process.
   */
  readonly authSecret?: string;
  /** How long an access token is valid: 15 minutes. */
  readonly accessTokenTtlMs?: number;
  /** How long a session lives without being refreshed: 30 days. */
  readonly refreshTokenTtlMs?: number;
  /** Whether people may register themselves: `open`. */
  readonly registration?: 'open' | 'closed';
  /** An admin made at start if no user has this address. */
  readonly adminEmail?: string;
  /** The password that admin is made with. */
  readonly adminPassword?: string;
  /** Where clients reach this service, if it is not where it listens. */
  readonly publicUrl?: string;
  /** Origins whose pages may call the service from a browser, or `['*']`: none. */
  readonly corsOrigins?: readonly string[];
  /** Addresses or networks of proxies whose `X-Forwarded-…` headers are believed, or `['any']`: none. */
  readonly trustedProxies?: readonly string[];
  /** A Redis server through which processes share their counts of requests and their cache: none. */
  readonly redisUrl?: string;
  /** How long Redis may take to answer: 100. */
  readonly redisTimeoutMs?: number;
  /** Whether requests are limited: `on`. */
  readonly rateLimit?: 'on' | 'off';
  /** For a signed-in user: 600 a minute. */
  readonly rateLimitDefault?: RequestQuota;
  /** For an address that signs in or registers: 10 a minute. */
  readonly rateLimitAuth?: RequestQuota;
  /** For an address that is not signed in: 120 a minute. */
  readonly rateLimitAnonymous?: RequestQuota;
  /** Whether answers about collections with "cache" are kept: `on`. */
  readonly cache?: 'on' | 'off';
  /** Answers that are kept in memory, 32 MB of them at most: 10,000. */
  readonly cacheItemsMax?: number;
  /** How far back the change log reaches: 7 days. */
  readonly changesRetentionMs?: number;
  /** Largest request body: 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** How long a request may take to arrive: 30 seconds. */
  readonly requestTimeoutMs?: number;
  /** How long `close` waits for requests in flight: 25 seconds. */
  readonly shutdownTimeoutMs?: number;
}
