import { Redis as Client } from 'ioredis';

export interface Listener {
  /** Closes the connection at once. */
  stop(): void;
}

export interface ListenOptions {
  /** As for `createRedis`. */
  readonly url: string;
  readonly channel: string;
  /** Called for each message that arrives. It must not throw. */
  readonly onMessage: (message: string) => void;
}

const connectTimeoutMs = 500;
const reconnectPauseMsMin = 500;
const keepAliveMs = 10_000;

/**
 * Hears what others publish, on a connection of its own, for uses that can do without: any message may be lost, and
 * nobody is told. It connects, and again after each loss, by itself.
 */
export function listen({ url, channel, onMessage }: ListenOptions): Listener {
  const client = new Client(url, {
    connectTimeout: connectTimeoutMs,
    keepAlive: keepAliveMs,
    enableReadyCheck: false,
    // Its own way of doing it leaves a rejection behind when the connection is closed meanwhile.
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    // Not in step with other replicas that lost the same server.
    retryStrategy: () => reconnectPauseMsMin * (1 + Math.random()),
  });
  // The guarded connection beside it knows as much, and says it once.
  client.on('error', () => undefined);
  client.on('message', (_channel, message: string) => onMessage(message));
  client.on('ready', () => void client.subscribe(channel).catch(() => undefined));
  return { stop: () => client.disconnect() };
}
