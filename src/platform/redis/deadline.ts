/**
 * Settles as `work` does, or rejects after `timeoutMs`; a later outcome of `work` is dropped.
 *
 * Timers run before input is read, so after a long turn of the event loop the answer may lie unread in the socket. The
 * rejection therefore waits until input has been read once more.
 */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const giveUp = () => reject(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
