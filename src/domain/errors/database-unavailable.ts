/** The database cannot be reached, is full, is read-only, or took too long. Nothing of the transaction was kept. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  /**
   * `denied`: the server is there and refuses this user, password or database name. `overloaded`: no connection became free
   * in time. `cancelled`: nobody waits for the answer any more. `damaged`: part of the file of a SQLite database cannot be
   * read, or has invalid content.
   */
  readonly reason:
    | 'unreachable'
    | 'denied'
    | 'full'
    | 'read_only'
    | 'timeout'
    | 'busy'
    | 'overloaded'
    | 'cancelled'
    | 'damaged';

  constructor(reason: DatabaseUnavailable['reason'], options: { cause?: unknown } = {}) {
    super(`the database is unavailable (${reason})`, options);
    this.reason = reason;
  }
}
