import { bypassesRules, principalOf } from '#domain/access/principal.ts';
import type { Model } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { createServer, type ServerOptions, type ServerSettings } from '#http/server/create-server.ts';
import { systemClock } from '#platform/clock.ts';
import type { AuthService } from '#services/auth/index.ts';
import { createReads } from '#services/response-cache/index.ts';
import type { IdempotencyService } from '#services/idempotency/index.ts';
import type { RecordsService } from '#services/records/index.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export const settings: ServerSettings = {
  bodyLimitBytes: 1_000_000,
  requestTimeoutMs: 30_000,
  corsOrigins: [],
  trustedProxies: [],
};

/** The HTTP door over services that only remember what they were asked: for tests of the door itself. */
export function standInServer(
  overrides: Partial<Omit<ServerOptions, 'settings' | 'reads'>> & { settings?: Partial<ServerSettings> } = {},
) {
  const { records = standInRecords() } = overrides;
  const collections = { current: (): Model => ({ collections: new Map() }) } as ServerOptions['collections'];
  const lines: LogLine[] = [];
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, ...fields });
  };
  const server = createServer({
    records,
    reads: createReads({ records, collections }),
    collections,
    auth: standInAuth(),
    idempotency: standInIdempotency,
    health: { database: async () => {} },
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    clock: systemClock,
    ...overrides,
    settings: { ...settings, ...overrides.settings },
  });
  return { ...server, lines };
}

const id = '019b0000-0000-7000-8000-000000000001';

/** A collection `tasks` in which every record is there, and whose create answers what it was sent. */
export function standInRecords(overrides: Partial<RecordsService> = {}): RecordsService {
  const known = (collection: string): void => {
    if (collection !== 'tasks') throw new Problem('not_found');
  };
  const answer = (body: unknown) => ({ record: { id, body }, id, version: 1 });
  return {
    async list(principal, collection, query) {
      known(collection);
      return {
        data: [{ id, admin: bypassesRules(principal), query: Object.fromEntries(query) }],
        page: { limit: 20, next: null },
      };
    },
    async read(_caller, collection, wanted) {
      known(collection);
      return { record: { id: wanted, title: 'Write' }, id: wanted, version: 3 };
    },
    prepare: null as never,
    async create(_caller, collection, body) {
      known(collection);
      return answer(body);
    },
    async update(_caller, collection, _id, patch) {
      known(collection);
      return answer(patch);
    },
    async replace(_caller, collection, _id, body) {
      known(collection);
      return { ...answer(body), created: true };
    },
    async remove(_caller, collection) {
      known(collection);
    },
    async batch() {
      return { results: [] };
    },
    check: () => [],
    observe: () => {},
    within: null as never,
    ...overrides,
  };
}

/** Every time is the first. */
const standInIdempotency: IdempotencyService = {
  async runOnce(_request, { run, toResponse }) {
    const record = { claim: async () => {}, store: async () => {} };
    return { ...toResponse(await run(record)), replayed: false };
  },
  name: 'idempotency',
  start() {},
  async stop() {},
};

/** One token, `good`, for one user. */
function standInAuth(): AuthService {
  const user = { id, createdAt: '', updatedAt: '', version: 1, role: 'user' };
  const principal = principalOf(user, { kind: 'session', id });
  const refuse = (): never => {
    throw new Problem('invalid_credentials');
  };
  return {
    register: refuse,
    login: refuse,
    refresh: refuse,
    async authenticate(token: string) {
      if (token === 'good') return principal;
      throw new Problem(token === 'old' ? 'token_expired' : 'unauthenticated');
    },
    async me() {
      return { id };
    },
  } as unknown as AuthService;
}
