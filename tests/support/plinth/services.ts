import type { Database } from '#data/index.ts';
import { mergeUsers, usersDefinition, usersName } from '#domain/collections/built-in/users.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { createIds } from '#platform/ids.ts';
import { createPasswords, type Passwords } from '#platform/passwords.ts';
import { createTokens, type Tokens } from '#platform/tokens.ts';
import { createAuth, type AuthService } from '#services/auth/index.ts';
import { createChanges, type ChangesService } from '#services/changes/index.ts';
import { createCollections, type CollectionsService } from '#services/collections/index.ts';
import { createIdempotency, type IdempotencyService } from '#services/idempotency/index.ts';
import { createRecords } from '#services/records/index.ts';
import { createTransfer, type TransferService } from '#services/transfer/index.ts';
import type { TestDatabase } from '../databases.ts';
import { secret } from '../secret.ts';
import { dayMs, minuteMs, TestClock } from './clock.ts';
import { rememberingLog, type LogLine } from './log.ts';
import { RecordsClient } from './records-client.ts';

/** Hashing that costs next to nothing: most tests are about what is around it. */
export const cheapHashes = { memoryKib: 64, passes: 1, parallelism: 1 };

export interface ServicesOptions {
  /** What is in force; `users` is completed, or added, as the loader of files does it. */
  readonly definitions?: readonly CollectionDefinition[];
  readonly registration?: 'open' | 'closed';
  /** In place of hashes that cost next to nothing. */
  readonly passwords?: Passwords;
  /** Idempotency keys that are stored at most. */
  readonly keysMax?: number;
}

/** The services of one process. */
export interface Services {
  readonly database: Database;
  readonly collections: CollectionsService;
  readonly records: RecordsClient;
  readonly changes: ChangesService;
  readonly auth: AuthService;
  readonly idempotency: IdempotencyService;
  readonly transfer: TransferService;
  /** Puts other definitions in force. */
  readonly apply: (definitions: readonly CollectionDefinition[]) => Promise<void>;
}

export interface OpenServices extends Services {
  /** The services of another process over the same database. */
  readonly openReplica: () => Promise<Services>;
  readonly clock: TestClock;
  readonly tokens: Tokens;
  readonly lines: readonly LogLine[];
}

/**
 * All services over a new database, without a door: on a clock that stands still, with a log that is kept. Nothing runs
 * in the background; the database is closed with `kind`.
 */
export async function openServices(kind: TestDatabase, options: ServicesOptions = {}): Promise<OpenServices> {
  const url = await kind.createUrl();
  const clock = new TestClock();
  const { log, lines } = rememberingLog();
  const tokens = createTokens({ secret, clock });
  const settings = {
    accessTokenTtlMs: 15 * minuteMs,
    refreshTokenTtlMs: 30 * dayMs,
    registration: options.registration ?? ('open' as const),
  };

  async function openReplica(): Promise<Services> {
    const database = kind.openUrl(url);
    const ids = createIds(clock);
    const collections = createCollections({ database, log });
    const apply = async (definitions: readonly CollectionDefinition[]) => {
      await collections.apply(withUsers(definitions));
    };
    await apply(options.definitions ?? []);
    const records = createRecords({ database, collections, clock, ids, cursorSecret: secret });
    const changes = createChanges({ database, collections, clock, log, retentionMs: 7 * dayMs });
    const passwords = options.passwords ?? createPasswords({ cost: cheapHashes });
    const { keysMax } = options;
    return {
      database,
      collections,
      records: new RecordsClient(records),
      changes,
      auth: createAuth({
        database,
        collections,
        records,
        changes,
        passwords,
        tokens,
        clock,
        ids,
        settings,
        log,
      }),
      idempotency: createIdempotency({
        database,
        records,
        clock,
        log,
        ...(keysMax !== undefined && { keptMax: keysMax }),
      }),
      transfer: createTransfer({ database, collections, records }),
      apply,
    };
  }

  return { ...(await openReplica()), openReplica, clock, tokens, lines };
}

function withUsers(definitions: readonly CollectionDefinition[]): readonly CollectionDefinition[] {
  const hasUsers = definitions.some(({ name }) => name === usersName);
  if (!hasUsers) return [...definitions, usersDefinition];
  return definitions.map((definition) =>
    definition.name === usersName ? mergeUsers(definition) : definition,
  );
}
