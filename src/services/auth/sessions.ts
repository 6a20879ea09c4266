import {
  createRefreshTokensRepository,
  createSessionsRepository,
  type Database,
  type Session,
  type SessionsRepository,
  type Unit,
} from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Ids } from '#platform/ids.ts';
import type { Tokens } from '#platform/tokens.ts';
import type { Origin } from './auth.ts';
import { createRotation, type OpenSession, type Rotation } from './rotation.ts';

/** Sessions and their chains of refresh tokens. All of it happens in units of work that somebody else commits. */
export interface Sessions {
  readonly stored: SessionsRepository;
  /** Begins a session with its first refresh token; the user's expired ones and those beyond the limit end. */
  open(unit: Unit, userId: string, origin: Origin): Promise<OpenSession>;
  rotate(unit: Unit, refreshToken: string): Promise<Rotation>;
  /** Whose session a refresh token belongs to, spent or not; null for one that leads nowhere. */
  userOf(session: Session, refreshToken: string): Promise<string | null>;
  /** Clears some expired sessions away; how many there were. */
  sweep(unit: Unit): Promise<number>;
}

export interface SessionsOptions {
  readonly database: Database;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly refreshTokenTtlMs: number;
}

const sessionsPerUserMax = 100;
const sweptMax = 1_000;
const agentLengthMax = 300;

export function createSessions(options: SessionsOptions): Sessions {
  const { database, tokens, clock, ids, refreshTokenTtlMs } = options;
  const stored = createSessionsRepository(database);
  const refreshTokens = createRefreshTokensRepository(database);
  return {
    stored,
    async open(unit, userId, { address, agent }) {
      const createdAt = clock.now().toISOString();
      const expiresAt = new Date(clock.now().getTime() + refreshTokenTtlMs).toISOString();
      const [sessionId, refreshToken] = [ids.next(), tokens.createRefresh()];
      await stored.prune(unit, userId, { now: createdAt, keep: sessionsPerUserMax - 1 });
      await stored.insert(unit, {
        id: sessionId,
        user: userId,
        createdAt,
        lastUsedAt: createdAt,
        expiresAt,
        address,
        agent: agent === null ? null : printable(agent),
      });
      const hash = tokens.digestRefresh(refreshToken);
      await refreshTokens.insert(unit, { hash, session: sessionId, createdAt });
      return { sessionId, userId, refreshToken };
    },
    rotate: createRotation({ sessions: stored, refreshTokens, tokens, clock, refreshTokenTtlMs }),
    async userOf(session, refreshToken) {
      const token = await refreshTokens.find(session, tokens.digestRefresh(refreshToken));
      const found = token && (await stored.find(session, token.session));
      return found?.user ?? null;
    },
    sweep: (unit) => stored.removeExpired(unit, { now: clock.now().toISOString(), limit: sweptMax }),
  };
}

/** What a stranger calls their program, fit to be stored and shown. */
function printable(agent: string): string {
  return agent
    .slice(0, agentLengthMax)
    .replaceAll(/\p{Cc}/gu, ' ')
    .toWellFormed();
}
