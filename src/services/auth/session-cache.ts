import { LRUCache } from 'lru-cache';
import type { Clock } from '#platform/clock.ts';
import type { SignedInPrincipal } from '#domain/access/principal.ts';

/** An open session with its user; `expiresAtMs` in milliseconds since 1970. */
export interface ActiveSession {
  readonly principal: SignedInPrincipal;
  readonly expiresAtMs: number;
}

/** Sessions with their users, as the database had them a few seconds ago. */
export interface SessionCache {
  /** Null when the session has ended or its user is gone. At most `maxAgeMs` old, and never older than an invalidation. */
  get(sessionId: string): Promise<ActiveSession | null>;
  invalidateSession(sessionId: string): void;
  invalidateUsers(userIds: ReadonlySet<string>): void;
  invalidateAll(): void;
}

export interface SessionCacheOptions {
  readonly load: (sessionId: string) => Promise<ActiveSession | null>;
  readonly clock: Clock;
  /** Other replicas are promised to notice a change within 5 s: this, and the time that one query may take. */
  readonly maxAgeMs?: number;
  readonly max?: number;
}

interface Entry {
  /** Also while it is being read: many requests of one session ask the database once. */
  readonly active: Promise<ActiveSession | null>;
  readonly askedAtMs: number;
  /** Unknown while it is being read. */
  userId?: string | undefined;
  loaded: boolean;
}

/** Creates the cache of active sessions: 10,000 of them for 3 s each, unless the options say otherwise. */
export function createSessionCache({
  load,
  clock,
  maxAgeMs = 3_000,
  max = 10_000,
}: SessionCacheOptions): SessionCache {
  const entries = new LRUCache<string, Entry>({ max });

  function ask(sessionId: string, askedAtMs: number): Entry {
    const entry: Entry = { active: load(sessionId), askedAtMs, loaded: false };
    entries.set(sessionId, entry);
    entry.active.then(
      (active) => {
        entry.userId = active?.principal.user.id;
        entry.loaded = true;
      },
      () => {
        if (entries.peek(sessionId) === entry) entries.delete(sessionId);
      },
    );
    return entry;
  }

  return {
    get(sessionId) {
      const nowMs = clock.now().getTime();
      const known = entries.get(sessionId);
      // A clock that was set back makes an entry look younger than it is: negative ages count as old.
      const isFresh = known !== undefined && nowMs >= known.askedAtMs && nowMs - known.askedAtMs < maxAgeMs;
      return (isFresh ? known : ask(sessionId, nowMs)).active;
    },
    invalidateSession(sessionId) {
      entries.delete(sessionId);
    },
    invalidateUsers(userIds) {
      // A read under way may bring the old state, and its user is not known yet.
      for (const [sessionId, entry] of entries.entries()) {
        if (!entry.loaded || isOneOf(userIds, entry.userId)) entries.delete(sessionId);
      }
    },
    invalidateAll() {
      entries.clear();
    },
  };
}

function isOneOf(userIds: ReadonlySet<string>, userId: string | undefined): boolean {
  return userId !== undefined && userIds.has(userId);
}
