import {
  createRefreshTokensRepository,
  createSessionsRepository,
  type Database,
  type Reader,
  type SessionsRepository,
  type Transaction,
} from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Ids } from '#platform/ids.ts';
import type { Tokens } from '#platform/tokens.ts';
import type { Origin } from './origin.ts';
import { createRotation, type OpenSession, type Rotation } from './rotation.ts';

/** Sessions and their chains of refresh tokens. Every method belongs to a transaction of its caller. */
export interface Sessions {
  readonly stored: SessionsRepository;
  /** Begins a session with its first refresh token; the user's expired ones and those beyond the limit end. */
  open(transaction: Transaction, userId: string, origin: Origin): Promise<OpenSession>;
  rotate(transaction: Transaction, refreshToken: string): Promise<Rotation>;
  /** Id of the user of a refresh token, spent or not; null for one that leads nowhere. */
  userOf(reader: Reader, refreshToken: string): Promise<string | null>;
  /** Clears some expired sessions away; how many there were. */
  sweep(transaction: Transaction): Promise<number>;
}

export interface SessionsOptions {
  readonly database: Database;
  readonly tokens: Tokens;
  readonly clock: Clock;
  /** By this one expired sessions are removed. */
  readonly expiryClock: Clock;
  readonly ids: Ids;
  readonly refreshTokenTtlMs: number;
}

const sessionsPerUserMax = 100;
const sweptMax = 1_000;
const agentLengthMax = 300;

export function createSessions(options: SessionsOptions): Sessions {
  const { database, tokens, clock, expiryClock, ids, refreshTokenTtlMs } = options;
  const stored = createSessionsRepository(database);
  const refreshTokens = createRefreshTokensRepository(database);
  return {
    stored,
    async open(transaction, userId, { address, agent }) {
      const createdAt = clock.now().toISOString();
      const expiresAt = new Date(clock.now().getTime() + refreshTokenTtlMs).toISOString();
      const [sessionId, refreshToken] = [ids.next(), tokens.createRefresh()];
      const now = expiryClock.now().toISOString();
      await stored.prune(transaction, userId, { now, keep: sessionsPerUserMax - 1 });
      await stored.insert(transaction, {
        id: sessionId,
        user: userId,
        createdAt,
        lastUsedAt: createdAt,
        expiresAt,
        address,
        agent: agent === null ? null : printable(agent),
      });
      const hash = tokens.digestRefresh(refreshToken);
      await refreshTokens.insert(transaction, { hash, session: sessionId, createdAt });
      return { sessionId, userId, refreshToken };
    },
    rotate: createRotation({ sessions: stored, refreshTokens, tokens, clock, refreshTokenTtlMs }),
    async userOf(reader, refreshToken) {
      const token = await refreshTokens.find(reader, tokens.digestRefresh(refreshToken));
      const found = token && (await stored.find(reader, token.session));
      return found?.user ?? null;
    },
    sweep: (transaction) =>
      stored.removeExpired(transaction, { now: expiryClock.now().toISOString(), limit: sweptMax }),
  };
}

/** A User-Agent, fit to be stored and shown. */
function printable(agent: string): string {
  return agent
    .slice(0, agentLengthMax)
    .replaceAll(/\p{Cc}/gu, ' ')
    .toWellFormed();
}
