// ioredis' words for a connection that has gone, of which it has not told us yet.
const connectionLost = /isn't writeable|Connection is closed|Command aborted/;

/** What went wrong, in one line for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (connectionLost.test(error.message)) return 'the connection was closed';
  // Node's error for a name with several addresses has a code but no message.
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
