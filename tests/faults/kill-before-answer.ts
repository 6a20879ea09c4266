import { ServerResponse } from 'node:http';

/** Loaded into Plinth before itself: kills the process when it begins to answer a request that asks for it. */
const { writeHead } = ServerResponse.prototype;
ServerResponse.prototype.writeHead = function writeHeadOrDie(
  this: ServerResponse,
  ...head: Parameters<typeof writeHead>
) {
  if (this.req.headers['x-request-id'] === 'die-before-the-answer') process.kill(process.pid, 'SIGKILL');
  return writeHead.apply(this, head);
} as typeof writeHead;
