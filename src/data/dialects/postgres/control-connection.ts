import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseUnavailable } from '../../database.ts';
import { translatePostgresError } from './errors.ts';
import { statementName } from './statement-names.ts';

const goodbyeMs = 500;
const probe = `SELECT $1::text AS "answer", current_setting('transaction_read_only') = 'on' AS "isReadOnly"`;

/**
 * A connection beside the pool, so that readiness is told also while statements hold all of the pool. Made when it is
 * needed, and again when it is lost.
 */
export class ControlConnection {
  readonly #config: pg.ClientConfig;
  readonly #onConnected: (client: pg.Client) => Promise<void>;
  #client: pg.Client | undefined;
  #connecting: Promise<pg.Client> | undefined;
  #isClosed = false;
  /** Settles when the latest query has. */
  #last: Promise<unknown> = Promise.resolve();

  /** `onConnected` is awaited before the new connection is used. */
  constructor(config: pg.ClientConfig, onConnected: (client: pg.Client) => Promise<void>) {
    this.#config = config;
    this.#onConnected = onConnected;
  }

  /** Resolves when there is a connection. Throws DatabaseUnavailable. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /**
   * Runs a real statement, prepared under a name unless told otherwise, and looks whether its own answer comes back. Tells
   * whether the server takes writes: not a standby, nor where `default_transaction_read_only` is set.
   */
  async ping({ isPrepared }: { readonly isPrepared: boolean }): Promise<{ readonly isReadOnly: boolean }> {
    const sent = randomUUID();
    const name = isPrepared ? { name: statementName(probe) } : {};
    const { rows } = await this.query<{ answer: string; isReadOnly: boolean }>({
      ...name,
      text: probe,
      values: [sent],
    });
    const [row] = rows;
    if (row?.answer !== sent)
      throw new DatabaseUnavailable('unreachable', { cause: new Error('another statement was answered') });
    return row;
  }

  /** The next query is sent on a new connection: a session keeps the defaults that it began with. */
  renew(): void {
    if (this.#client !== undefined) this.#forget(this.#client);
  }

  /** One after the other. */
  query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const answered = this.#last.then(() => this.#send<Row>(query));
    this.#last = answered.catch(() => undefined);
    return answered;
  }

  async #send<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const client = await this.#connected();
    try {
      return await client.query<Row>(query);
    } catch (error) {
      const translated = translatePostgresError(error);
      // A late answer would be taken for the answer to the next statement.
      if (translated instanceof DatabaseUnavailable) this.#forget(client);
      throw translated;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connecting?.catch(() => undefined);
    // A server that has gone silent does not say goodbye either.
    await Promise.race([this.#client?.end(), delay(goodbyeMs, undefined, { ref: false })]);
  }

  async #connected(): Promise<pg.Client> {
    if (this.#isClosed) throw new DatabaseUnavailable('unreachable');
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#open().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client(this.#config);
    client.on('error', () => this.#forget(client));
    try {
      await client.connect();
      await this.#onConnected(client);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw translatePostgresError(error);
    }
    this.#client = client;
    return client;
  }

  #forget(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    void client.end().catch(() => undefined);
  }
}
