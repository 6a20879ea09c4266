import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const turns = Symbol('the requests of a connection');

/** The requests that a connection has sent and that are not answered. */
interface Turns {
  /** The response that is at work or on its way. */
  current: ServerResponse | undefined;
  /** The requests behind it, in order. */
  waiting: { readonly request: IncomingMessage; readonly response: ServerResponse }[];
  /** The response that closes the connection because the server stops. */
  last: ServerResponse | undefined;
  onIdle: (() => void) | undefined;
}

interface Connection extends Socket {
  [turns]?: Turns;
}

/**
 * A listener that has one request of each connection at work at a time: the next one begins when the answer to the last
 * one has left. A client may pipeline as many as it likes, and is owed one answer. Nothing is read from it while
 * requests wait, so no more of them wait than come in one packet.
 */
export function inTurn(handler: RequestListener, isStopping: () => boolean): RequestListener {
  function begin(queue: Turns, request: IncomingMessage, response: ServerResponse): void {
    queue.current = response;
    response.on('close', end);
    handler(request, response);
  }

  function end(this: ServerResponse): void {
    const { socket } = this.req;
    const queue = turnsOf(socket);
    queue.current = undefined;
    // Nobody would get the answers.
    if (!socket.writable) queue.waiting = [];
    const next = queue.waiting.shift();
    if (next === undefined) {
      queue.onIdle?.();
      return;
    }
    if (queue.waiting.length === 0) socket.resume();
    begin(queue, next.request, next.response);
  }

  return (request, response) => {
    const { socket } = request;
    const queue = turnsOf(socket);
    if (queue.current === undefined) {
      begin(queue, request, response);
    } else {
      queue.waiting.push({ request, response });
      socket.pause();
    }
    if (isStopping()) closeAfterLast(socket);
  };
}

function turnsOf(connection: Connection): Turns {
  return (connection[turns] ??= { current: undefined, waiting: [], last: undefined, onIdle: undefined });
}

/** Whether every request of the connection is answered, and the answers have left. */
export function isIdle(connection: Connection): boolean {
  return connection[turns]?.current === undefined;
}

/** Says `Connection: close` with the answer to the last request that has come, so that each of them is answered. */
export function closeAfterLast(connection: Connection): void {
  const queue = turnsOf(connection);
  const response = queue.waiting.at(-1)?.response ?? queue.current;
  if (response === undefined || !response.shouldKeepAlive || response.headersSent) return;
  if (queue.last !== undefined && !queue.last.headersSent) queue.last.shouldKeepAlive = true;
  queue.last = response;
  response.shouldKeepAlive = false;
}

/**
 * Calls `work` when all requests that came before are answered, those that wait included: at once when there are none. A
 * request whose body is not complete and never will be is not begun any more.
 */
export function afterAnswers(connection: Connection, work: () => void): void {
  const queue = turnsOf(connection);
  if (queue.current === undefined) {
    work();
    return;
  }
  queue.waiting = queue.waiting.filter(({ request }) => request.complete);
  queue.onIdle = work;
}
