import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createConnections, type Connections } from './stopping.ts';
import { inTurn } from './turns.ts';

/** All header fields and the request line together. */
export const headerBytesMax = 16 * 1024;

const headersTimeoutMs = 10_000;
/** Longer than the idle time of the usual balancers (60 s), so that they and not we close idle connections. */
const keepAliveTimeoutMs = 65_000;
/** How long a connection may be silent while something is under way: a client that does not read its answer. */
const silenceTimeoutDefaultMs = 120_000;
export const closeTimeoutMs = 25_000;

interface Patience {
  /** For a whole request to arrive, head and body. */
  readonly requestTimeoutMs: number;
  readonly silenceTimeoutMs?: number;
}

/** Node's server with its limits. */
export function createHttpServer(
  handler: RequestListener,
  { requestTimeoutMs, silenceTimeoutMs = silenceTimeoutDefaultMs }: Patience,
  connections: Connections = createConnections(),
): Server {
  const serveInTurn = inTurn(handler, connections.isStopping);
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      // How often the two above are looked at, so how much too late they may be noticed.
      connectionsCheckingInterval: Math.min(1_000, Math.ceil(requestTimeoutMs / 4)),
      keepAliveTimeout: keepAliveTimeoutMs,
      // Its absence is refused with a problem document of ours (request-context.ts).
      requireHostHeader: false,
      // Requests without a body skip the stream events of one.
      optimizeEmptyRequests: true,
      noDelay: true,
    },
    (request, response) => {
      forgetTypeOfNothing(request);
      takePathOf(request);
      serveInTurn(request, response);
    },
  );
  server.setTimeout(silenceTimeoutMs);
  server.on('connection', rememberPeer);
  connections.watch(server);
  return server;
}

/**
 * Limits and keys of repeated requests belong to an address, and it is asked for when a request has arrived: the
 * connection may be reset by then. Node keeps the address that was read once. A connection that is reset already has none.
 */
function rememberPeer(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
}

/**
 * Many clients set Content-Type always. Where neither length nor coding announces a body there is none (RFC 9112, 6.3),
 * and nothing announces its end: a parser that trusts the type would wait for ever.
 */
function forgetTypeOfNothing({ headers }: IncomingMessage): void {
  if (headers['content-type'] === undefined) return;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    delete headers['content-type'];
  }
}

/** Reduces a target in absolute form to its path, for any host (RFC 9112, 3.2.2): this is the origin, and no proxy. */
function takePathOf(request: IncomingMessage): void {
  if (request.url?.startsWith('/') !== false) return;
  const [, rest] = /^https?:\/\/[^/?#]*(.*)$/isu.exec(request.url) ?? [];
  if (rest !== undefined) request.url = rest.startsWith('/') ? rest : `/${rest}`;
}

/** How the door is opened and shut. */
export interface ServerLifecycle {
  /** Starts to listen; port 0 is any free one. Rejects with Node's own error, as EADDRINUSE. */
  listen(host: string, port: number): Promise<{ readonly url: string; readonly port: number }>;
  /** From now on `GET /health/ready` answers 503, so that balancers look elsewhere; requests are still served. */
  drain(): void;
  /**
   * Drains, stops listening, and serves each connection until its client was told `Connection: close` or asks nothing;
   * cuts the remaining connections after `timeoutMs`. Safe to call twice.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** The start, drain and stop of a server. A second `close` waits for the first; its default limit is closeTimeoutMs. */
export function lifecycleOf(
  server: FastifyInstance,
  connections: Connections,
  drain: () => void,
): ServerLifecycle {
  let listening: Promise<unknown> | undefined;
  let closing: Promise<void> | undefined;

  async function close(timeoutMs: number): Promise<void> {
    drain();
    // A server that is closed while it begins to listen would listen afterwards.
    await listening?.catch(() => undefined);
    // First the connections: a Fastify that closes says `Connection: close` with every answer, pipelined ones too.
    await connections.close(timeoutMs);
    await server.close();
  }

  return {
    async listen(host, port) {
      const begun = server.listen({ host, port });
      listening = begun;
      await begun;
      const bound = server.server.address() as AddressInfo;
      return { url: `http://${hostInUrl(host)}:${bound.port}`, port: bound.port };
    },
    drain,
    close({ timeoutMs = closeTimeoutMs } = {}) {
      closing ??= close(timeoutMs);
      return closing;
    },
  };
}

/** A host that can be opened: not the address that stands for all of them. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
