import assert from 'node:assert/strict';
import { usersDefinition } from '#domain/collections/built-in/users.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { Problem } from '#domain/errors/problem.ts';
import { createIds } from '#platform/ids.ts';
import type { Log } from '#platform/log.ts';
import { createPasswords, type Passwords } from '#platform/passwords.ts';
import { createTokens } from '#platform/tokens.ts';
import { createAuth, type AuthService } from '#services/auth/index.ts';
import { createCollections } from '#services/collections/index.ts';
import { createRecords } from '#services/records/index.ts';
import type { TestDatabase } from '../../support/databases.ts';

export const ada = { email: 'ada@example.com', password: 'correct horse' };
export const home = { address: '192.0.2.1', agent: 'test' };
export const secret = 'a secret of at least thirty-two bytes';
export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

/** Hashing that costs next to nothing: most tests are about what is around it. */
export const cheap = { memoryKib: 64, passes: 1, parallelism: 1 };

export interface RigOptions {
  readonly registration?: 'open' | 'closed';
  /** In place of `users` alone. */
  readonly definitions?: readonly CollectionDefinition[];
  /** In place of hashing that costs next to nothing. */
  readonly passwords?: Passwords;
}

/** `users` with two properties of their own. */
export const users: CollectionDefinition = {
  ...usersDefinition,
  properties: {
    ...usersDefinition.properties,
    nickname: { type: 'string', minLength: 2, maxLength: 20 },
    secret: { type: 'string', private: true },
  },
};

/** A database with users in it, a clock that stands still, and as many replicas of the service as a test wants. */
export async function openRig(kind: TestDatabase, options: RigOptions = {}) {
  const url = await kind.createUrl();
  const time = { ms: Date.parse('2026-01-31T10:00:00.000Z') };
  const clock = { now: () => new Date(time.ms) };
  const logged: { fields: object; message: string }[] = [];
  const log = silentLog((fields, message) => logged.push({ fields, message }));
  const tokens = createTokens({ secret, clock });

  async function openReplica() {
    const database = kind.openUrl(url);
    const ids = createIds(clock);
    const collections = createCollections({ database, log });
    await collections.apply(options.definitions ?? [users]);
    const records = createRecords({ database, collections, clock, ids, cursorSecret: secret });
    const passwords = options.passwords ?? createPasswords({ cost: cheap });
    const settings = {
      accessTokenTtlMs: 15 * minuteMs,
      refreshTokenTtlMs: 30 * dayMs,
      registration: options.registration ?? ('open' as const),
    };
    const auth = createAuth({ database, collections, records, passwords, tokens, clock, ids, settings, log });
    return { auth, database, collections, records };
  }

  return { ...(await openReplica()), openReplica, time, tokens, logged };
}

function silentLog(note: (fields: object, message: string) => void): Log {
  return { debug: () => undefined, info: () => undefined, warn: note, error: note };
}

/** For `assert.rejects`: a Problem of this code, with exactly these errors by pointer and code. */
export function problem(code: string, errors?: Readonly<Record<string, string>>) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof Problem, `a Problem, not ${String(error)}`);
    assert.equal(error.code, code);
    if (errors !== undefined) {
      const found = (error.details.errors ?? []).map((one) => [one.pointer, one.code]);
      assert.deepEqual(Object.fromEntries(found), errors);
      assert.equal(found.length, Object.keys(errors).length, 'each place once');
    }
    return true;
  };
}

/** Registers Ada and gives her pair of tokens with her caller. */
export async function registerAda(auth: AuthService) {
  const pair = await auth.register(ada, home);
  return { ...pair, principal: await auth.authenticate(pair.accessToken) };
}
