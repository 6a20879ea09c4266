import { createHash, randomUUID } from 'node:crypto';
import { Redis as Client } from 'ioredis';
import type { Lifecycle } from '../lifecycle.ts';
import { Breaker, reasonOf, type RedisState } from './breaker.ts';
import { withDeadline } from './deadline.ts';

export interface RedisScript<T> {
  /** The source, for Redis from 6.2 on and Valkey, where a script may read the time and then write. */
  readonly lua: string;
  /** Parses the reply. Throws for a reply that the script never gives, which counts as a failure of the server. */
  readonly parse: (reply: unknown) => T;
}

export type RunScript<T> = (keys: readonly string[], args: readonly (string | number)[]) => Promise<T>;

/**
 * Redis, for uses that can do without it. A command is answered within `timeoutMs` or fails. After one failure no
 * command is sent until a probe in the background succeeds. A command that failed is never sent again; the server may
 * have executed it.
 */
export interface Redis extends Lifecycle {
  /** Connects. Resolves with the first verdict, up or down, within two seconds; never rejects. */
  start(): Promise<RedisState>;
  /** Whether commands are sent. While they are not, they fail at once; asking first costs less than the error. */
  isUp(): boolean;
  state(): RedisState;
  /** One command by name. Rejects when Redis is down, refuses the command or does not answer in time. */
  call(name: string, ...args: (string | number | Buffer)[]): Promise<unknown>;
  /** Prepares a Lua script; rejections as with `call`. */
  script<T>(script: RedisScript<T>): RunScript<T>;
  /** Closes the connection at once, and for good. */
  stop(): void;
}

export interface RedisOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url: string;
  /** REDIS_TIMEOUT_MS: how long a command may take. */
  readonly timeoutMs: number;
  /** Called once for each change between up and down: the place for a log line. It must not throw. */
  readonly onStateChange: (state: RedisState) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

const connectTimeoutMs = 500;
// A connection without an answer for this long is closed: the name of a server that hangs may lead to another one now.
const silenceMsMax = 1_000;
const reconnectPauseMsMax = 2_000;

// The probe runs before Redis is used, at first and after a failure. It writes from a script, as every use does, so it
// fails on a replica, without memory, without permission and while the server loads its data.
const probeLua = `redis.call('SET', KEYS[1], ARGV[1], 'PX', 1000) return ARGV[1]`;
const probeKey = 'plinth:probe';

/** A guarded connection to one Redis server. Nothing happens before `start`. */
export function createRedis({
  url,
  timeoutMs,
  onStateChange,
  nowMs = () => performance.now(),
}: RedisOptions): Redis {
  let lastError: string | undefined;
  let firstVerdict: Promise<RedisState> | undefined;
  const decided = Promise.withResolvers<RedisState>();
  const breaker = new Breaker({
    probe: () => withDeadline(probe(client), timeoutMs),
    nowMs,
    onStateChange(state) {
      decided.resolve(state);
      onStateChange(state);
    },
  });
  const client = new Client(url, {
    ...tuning,
    retryStrategy() {
      const pauseMs = breaker.disconnected(lastError ?? 'the connection was closed');
      lastError = undefined;
      // Up to a quarter less, at random: replicas that lost the same server must not reconnect in step.
      return Math.min(pauseMs, reconnectPauseMsMax) * (0.75 + Math.random() / 4);
    },
  });
  client.on('error', (error) => (lastError = reasonOf(error)));
  client.on('ready', () => breaker.connected());

  async function guarded<T>(send: (isTooLate: () => boolean) => Promise<T>): Promise<T> {
    if (!breaker.isUp) throw new Error(`Redis is down: ${breaker.state.reason ?? 'not started'}`);
    let isTooLate = false;
    try {
      return await withDeadline(
        send(() => isTooLate),
        timeoutMs,
      );
    } catch (error) {
      isTooLate = true;
      breaker.failed(reasonOf(error));
      throw error;
    }
  }

  return {
    name: 'Redis',
    start: () => (firstVerdict ??= (client.connect().catch(() => undefined), decided.promise)),
    isUp: () => breaker.isUp,
    state: () => breaker.state,
    call: (name, ...args) => guarded(() => client.call(name, ...args)),
    script(script) {
      const run = prepare(client, script);
      return (keys, args) => guarded((isTooLate) => run(keys, args, isTooLate));
    },
    stop() {
      breaker.stop();
      decided.resolve(breaker.state);
      client.disconnect();
    },
  };
}

const tuning = {
  lazyConnect: true,
  connectTimeout: connectTimeoutMs,
  socketTimeout: silenceMsMax,
  disconnectTimeout: silenceMsMax,
  // The probe checks more than the client's own check does, and gives a reason.
  enableReadyCheck: false,
  // No command waits for a connection, and none is sent a second time.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // After a failover the name may belong to another server, so it is looked up again.
  reconnectOnError: (error: Error) => error.message.includes('READONLY'),
} as const;

async function probe(client: Client): Promise<void> {
  const token = randomUUID();
  const reply = await client.eval(probeLua, 1, probeKey, token);
  if (reply !== token) throw new Error('the server does not answer like Redis');
}

/** Runs a script by its digest, and by its source when the server does not know the digest, as after a restart. */
function prepare<T>(client: Client, { lua, parse }: RedisScript<T>) {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (keys: readonly string[], args: readonly (string | number)[], isTooLate: () => boolean) => {
    try {
      return parse(await client.evalsha(sha, keys.length, ...keys, ...args));
    } catch (error) {
      // The caller has gone on without an answer by then, and counted by itself: a second attempt would count twice.
      if (!reasonOf(error).startsWith('NOSCRIPT') || isTooLate()) throw error;
      return parse(await client.eval(lua, keys.length, ...keys, ...args));
    }
  };
}
