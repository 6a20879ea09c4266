import { bypassesRules, principalOf } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import type {
  BatchOperation,
  ChangeOperation,
  CreateOperation,
  ListOperation,
  Operation,
  ReadOperation,
} from '#domain/operations.ts';
import { createServer, type ServerOptions, type ServerSettings } from '#http/server/create-server.ts';
import { systemClock } from '#platform/clock.ts';
import type { AuthService } from '#services/auth/index.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import type { IdempotencyService } from '#services/idempotency/index.ts';
import type {
  Execute,
  ExecuteOptions,
  ListPage,
  RecordResult,
  RecordsService,
  Result,
} from '#services/records/index.ts';
import { rememberingLog } from './log.ts';

const settings: ServerSettings = {
  bodyLimitBytes: 1_000_000,
  requestTimeoutMs: 30_000,
  corsOrigins: [],
  trustedProxies: [],
};

/** The HTTP door over services that only remember what they were asked: for tests of the door itself. */
export function standInServer(
  overrides: Partial<Omit<ServerOptions, 'settings'>> & { settings?: Partial<ServerSettings> } = {},
) {
  const { records = standInRecords() } = overrides;
  const { log, lines } = rememberingLog();
  const server = createServer({
    records,
    collections: standInCollections,
    auth: standInAuth,
    idempotency: standInIdempotency(records),
    health: { database: async () => {} },
    log,
    clock: systemClock,
    ...overrides,
    settings: { ...settings, ...overrides.settings },
  });
  return { ...server, lines };
}

const id = '019b0000-0000-7000-8000-000000000001';

/** Takes the place of what the door never calls. */
const notCalled = (): never => {
  throw new Error('the door does not call this');
};

/** No collection is defined. */
export const standInCollections: CollectionsService = {
  current: () => ({ collections: new Map() }),
  load: notCalled,
  plan: notCalled,
  apply: notCalled,
  adopt: notCalled,
  drift: notCalled,
  warnings: notCalled,
  start: notCalled,
  revision: notCalled,
  follow: notCalled,
  following: notCalled,
  follower: notCalled,
  differsFromGiven: () => false,
};

/** What a stand-in answers an operation of each kind with, without its `kind` and collection. */
export interface StandInAnswers {
  list(operation: ListOperation, options: ExecuteOptions): Promise<ListPage>;
  read(operation: ReadOperation): Promise<StandInRecord>;
  create(operation: CreateOperation): Promise<StandInRecord>;
  update(operation: ChangeOperation): Promise<StandInRecord>;
  replace(operation: ChangeOperation): Promise<StandInRecord>;
}

export type StandInRecord = Pick<RecordResult, 'record' | 'id' | 'version'> & { readonly created?: boolean };

/** A collection `tasks` in which every record is there, and whose create answers what it was sent. */
export function standInRecords(overrides: Partial<StandInAnswers> = {}): Pick<RecordsService, 'execute'> {
  const answers: StandInAnswers = {
    list: async ({ query = new Map() }, { principal }) => ({
      data: [{ id, admin: bypassesRules(principal), query: Object.fromEntries(query) }],
      page: { limit: 20, next: null },
    }),
    read: async (operation) => ({
      record: { id: operation.id, title: 'Write' },
      id: operation.id,
      version: 3,
    }),
    create: async ({ body }) => ({ record: { id, body }, id, version: 1, created: true }),
    update: async ({ body }) => ({ record: { id, body }, id, version: 1 }),
    replace: async ({ body }) => ({ record: { id, body }, id, version: 1, created: true }),
    ...overrides,
  };
  const execute = async (operation: Operation | BatchOperation, options: ExecuteOptions): Promise<Result> => {
    if (operation.kind === 'batch') return { kind: 'batch', items: [] };
    const { collection } = operation;
    if (!(operation.kind in overrides) && collection !== 'tasks') throw new Problem('not_found');
    if (operation.kind === 'delete') return { kind: 'none' };
    if (operation.kind === 'list') {
      const page = await answers.list(operation, options);
      return { kind: 'list', collection, page, next: page.page.next };
    }
    const answer = answers[operation.kind] as (operation: Operation) => Promise<StandInRecord>;
    const created = operation.kind === 'create';
    return { kind: 'record', collection, created, ...(await answer(operation)) };
  };
  return { execute: execute as Execute };
}

/** Every time is the first. */
function standInIdempotency(records: Pick<RecordsService, 'execute'>): Pick<IdempotencyService, 'execute'> {
  return {
    async execute({ principal }, operation) {
      return { kind: 'result', replayed: false, result: await records.execute(operation(), { principal }) };
    },
  };
}

const user = { id, createdAt: '', updatedAt: '', version: 1, role: 'user' };
const principal = principalOf(user, { kind: 'session', id });

const refused = (): never => {
  throw new Problem('invalid_credentials');
};

/** One token, `good`, of one user; nobody can sign in. */
export const standInAuth: AuthService = {
  name: 'auth',
  register: refused,
  login: refused,
  refresh: refused,
  async authenticate(token) {
    if (token === 'good') return principal;
    throw new Problem(token === 'old' ? 'token_expired' : 'unauthenticated');
  },
  async me() {
    return { id };
  },
  updateMe: notCalled,
  logout: notCalled,
  changePassword: notCalled,
  changeEmail: notCalled,
  sessions: notCalled,
  endSession: notCalled,
  administration: {
    create: notCalled,
    list: notCalled,
    setRole: notCalled,
    setPassword: notCalled,
    remove: notCalled,
    ensureAdmin: notCalled,
  },
  start: notCalled,
  stop: notCalled,
};
