import { Redis as Client } from 'ioredis';
import type { Lifecycle } from '../lifecycle.ts';

export interface SubscriberOptions {
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
 * Receives the messages of a channel, on a connection of its own, for uses that can do without: any message may be
 * lost without a word. It connects at start, and again after each loss.
 */
export function createSubscriber(options: SubscriberOptions): Lifecycle {
  let client: Client | undefined;
  return {
    name: `subscriber of ${options.channel}`,
    start: () => void (client ??= connect(options)),
    stop() {
      client?.disconnect();
      client = undefined;
    },
  };
}

function connect({ url, channel, onMessage }: SubscriberOptions): Client {
  const client = new Client(url, {
    connectTimeout: connectTimeoutMs,
    keepAlive: keepAliveMs,
    enableReadyCheck: false,
    // The client's own resubscribing leaves an unhandled rejection when the connection is closed meanwhile.
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    // At random, so that replicas that lost the same server do not reconnect in step.
    retryStrategy: () => reconnectPauseMsMin * (1 + Math.random()),
  });
  // The guarded connection of redis.ts logs the same failure, once.
  client.on('error', () => undefined);
  client.on('message', (_channel, message: string) => onMessage(message));
  client.on('ready', () => void client.subscribe(channel).catch(() => undefined));
  return client;
}
