import { ServerResponse } from 'node:http';

type WriteHead = (this: ServerResponse, ...head: unknown[]) => ServerResponse;

const writeHead = Reflect.get(ServerResponse.prototype, 'writeHead') as WriteHead;

/** Loaded into Plinth before itself: kills the process when it begins to answer a request that asks for it. */
const writeHeadOrDie: WriteHead = function writeHeadOrDie(...head) {
  if (this.req.headers['x-request-id'] === 'die-before-the-answer') process.kill(process.pid, 'SIGKILL');
  return writeHead.apply(this, head);
};
Reflect.set(ServerResponse.prototype, 'writeHead', writeHeadOrDie);
