import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as turnOfTheLoop, setTimeout as delay } from 'node:timers/promises';
import { closeAfterLast, isIdle } from './turns.ts';

/** A client that has asked nothing for this time, or for a part of the whole time, is not about to ask. */
const idleMsMax = 2_000;
const idlePart = 4;
const sweepMs = 20;
/** How long a connection that has been closed on our side may take to be closed on the other one. */
const lingerMs = 1_000;

interface Open {
  /** Bytes that had come when it was looked at, and the time since when nothing has. */
  bytesRead: number;
  quietSinceMs: number;
}

/** The connections of a server, and how they end. */
export interface Connections {
  readonly isStopping: () => boolean;
  /** Keeps account of the connections of one of Node's servers; a server may listen on several addresses. */
  readonly watch: (server: Server) => void;
  /**
   * Accepts no new connection. Each open one is served until its client was told `Connection: close`, or has asked
   * nothing for two seconds. The remaining ones are cut after `timeoutMs`. Resolves when none is left.
   */
  readonly close: (timeoutMs: number) => Promise<void>;
}

/** Creates the account of all open connections, which `close` needs to end each of them gently. */
export function createConnections(): Connections {
  const servers: Server[] = [];
  const open = new Map<Socket, Open>();
  let stopping = false;

  function stopListening(): void {
    // Node would cut the idle connections, and those whose answer is complete in memory only.
    for (const server of servers) if (server.listening) server.close();
  }

  function sweep(idleMs: number): void {
    const now = performance.now();
    for (const [connection, state] of open) {
      if (!isIdle(connection) || connection.bytesRead !== state.bytesRead) {
        state.bytesRead = connection.bytesRead;
        state.quietSinceMs = now;
      } else if (now - state.quietSinceMs >= idleMs) {
        connection.destroySoon();
      }
    }
  }

  return {
    isStopping: () => stopping,
    watch(server) {
      servers.push(server);
      server.closeIdleConnections = () => {};
      server.on('connection', (socket: Socket) => {
        open.set(socket, { bytesRead: 0, quietSinceMs: performance.now() });
        socket.on('close', () => open.delete(socket));
        if (stopping) closeGently(socket);
      });
    },
    async close(timeoutMs) {
      const endsAtMs = performance.now() + timeoutMs;
      const idleMs = Math.min(idleMsMax, timeoutMs / idlePart);
      stopping = true;
      const now = performance.now();
      for (const [connection, state] of open) {
        state.quietSinceMs = now;
        closeGently(connection);
        closeAfterLast(connection);
      }
      // Connections that the system has accepted would be reset: two turns take them in before listening stops.
      await turnOfTheLoop();
      await turnOfTheLoop();
      stopListening();
      while (open.size > 0 && performance.now() < endsAtMs) {
        sweep(idleMs);
        await delay(sweepMs);
      }
      for (const connection of open.keys()) connection.destroy();
    },
  };
}

/**
 * Half-closes a connection, then drops its client's further bytes until the client closes, too. Closed at once, with
 * something unread, it would be reset, and the client could lose an answer that is on its way.
 */
function closeGently(connection: Socket): void {
  connection.destroySoon = () => {
    if (connection.writableEnded) return;
    connection.end();
    connection.resume();
    const timer = setTimeout(() => connection.destroy(), lingerMs);
    connection.once('close', () => clearTimeout(timer));
  };
}
