import { createServer, type Server, type Socket } from 'node:net';
import type { RedisServer } from '../../support/redis-server.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';

/** A way in which Redis fails, with real signals: how it begins, and how it ends. */
export interface Outage {
  readonly name: string;
  /** Begins before the replicas start. */
  readonly atStart?: true;
  /** Nothing is noticed: the server answers all the time. */
  readonly unnoticed?: true;
  /** Options of the server before it begins. */
  readonly options?: readonly string[];
  readonly url?: (server: RedisServer, proxy: TcpProxy) => string;
  begin(server: RedisServer, proxy: TcpProxy): Promise<unknown> | void;
  end(server: RedisServer, proxy: TcpProxy): Promise<unknown> | void;
  /** What the log will say. */
  readonly reason?: RegExp;
}

const lost = /closed|ECONNRE/;
let impostor: { server: Server; sockets: Set<Socket> } | undefined;

export const outages: readonly Outage[] = [
  {
    name: 'is absent at the start',
    atStart: true,
    begin: () => undefined,
    end: (server) => server.start(),
    reason: /ECONNREFUSED/,
  },
  {
    name: 'is shut down and refuses connections',
    begin: (server) => server.shutDown(),
    end: (server) => server.start(),
    reason: lost,
  },
  { name: 'is killed', begin: (server) => server.kill(), end: (server) => server.start(), reason: lost },
  {
    name: 'hangs (SIGSTOP) and goes on (SIGCONT)',
    begin: (server) => server.pause(),
    end: (server) => server.resume(),
    reason: /no answer within/,
  },
  {
    name: 'is restarted empty at once',
    async begin(server) {
      await server.kill();
      await server.start();
    },
    end: () => undefined,
    reason: lost,
  },
  {
    name: 'loses its data (FLUSHALL)',
    unnoticed: true,
    begin: (server) => server.call('FLUSHALL'),
    end: () => undefined,
  },
  {
    name: 'becomes a read-only replica',
    begin: (server) => server.call('REPLICAOF', '127.0.0.1', 1),
    end: (server) => server.call('REPLICAOF', 'NO', 'ONE'),
    reason: /READONLY/,
  },
  {
    name: 'has no memory left (noeviction)',
    begin: (server) => server.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', 1),
    end: (server) => server.call('CONFIG', 'SET', 'maxmemory', 0),
    reason: /OOM/,
  },
  {
    name: 'wants another password',
    atStart: true,
    options: ['--requirepass', 'another'],
    url: (server) => server.url.replace('//', '//:ours@'),
    begin: (server) => server.start('--requirepass', 'another'),
    end: (server) => server.call('CONFIG', 'SET', 'requirepass', 'ours'),
    reason: /WRONGPASS/,
  },
  {
    name: 'loads its data',
    async begin(server) {
      await server.call('EVAL', `for i = 1, 20000 do redis.call('SET', 'other:' .. i, i) end`, 0);
      await server.call('SAVE');
      await server.kill();
      await server.start('--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024');
    },
    end: (server) => server.call('CONFIG', 'SET', 'key-load-delay', 0),
    reason: lost,
  },
  {
    name: 'is replaced by something that does not speak its language',
    async begin(server) {
      await server.kill();
      const sockets = new Set<Socket>();
      const fake = createServer((socket) => {
        sockets.add(socket.on('error', () => undefined).unref());
        socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
      });
      await new Promise<void>((resolve) => fake.listen(server.port, '127.0.0.1', resolve));
      impostor = { server: fake.unref(), sockets };
    },
    async end(server) {
      impostor?.server.close();
      for (const socket of impostor?.sockets ?? []) socket.destroy();
      await server.start();
    },
    reason: lost,
  },
  {
    name: 'is 300 ms away',
    url: (_, proxy) => `redis://127.0.0.1:${proxy.port}`,
    begin: (_, proxy) => void (proxy.delayMs = 300),
    end: (_, proxy) => void (proxy.delayMs = 0),
    reason: /no answer within/,
  },
];
