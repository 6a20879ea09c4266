/**
 * The outcome of `work`, or a rejection when there is none after `timeoutMs`. What comes later is dropped.
 *
 * When this process was busy for longer than that, the answer may lie unread in the socket: timers run before input
 * is read. So the verdict waits until input has been read once more.
 */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const giveUp = () => reject(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
