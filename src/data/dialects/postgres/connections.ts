import { setTimeout as delay } from 'node:timers/promises';
import pg, { type PoolClient } from 'pg';
import { DatabaseUnavailable, type Demand } from '../../database.ts';
import { ConnectionTurns } from './connection-turns.ts';
import { ControlConnection } from './control-connection.ts';
import { isOutOfConnections, isOutOfOrder, isSilence, translatePostgresError } from './errors.ts';
import { beginWithSettings, startupSettings } from './session-settings.ts';
import { Session, type SessionOptions } from './session.ts';
import { StatementNames } from './statement-names.ts';
import { valueParsers } from './value-parsers.ts';

/** How long a connection may take to be made, and how long one is waited for. */
const connectTimeoutMs = 5_000;
/** The server gives a statement up first; so much later nothing is expected of it, or of the network, any more. */
const silenceMs = 750;
/** The limit of a statement on the connection beside the pool, in milliseconds: such statements are all quick. */
const controlTimeoutMs = 2_000;
const waitingPerConnection = 50;

export interface ConnectionsOptions {
  readonly url: string;
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  /** `off`: as behind a pooler, also where none can be told. */
  readonly prepare: 'auto' | 'off';
  /** Told when an idle connection breaks; the pool heals by itself. */
  readonly onConnectionLost: (error: Error) => void;
}

/** The path between this process and the server. */
type Route = 'direct' | 'pooler' | 'told';

interface Link {
  readonly route: Route;
  readonly pool: pg.Pool;
  readonly sessions: Pick<SessionOptions, 'names' | 'begin' | 'needsTransaction'>;
}

/** All connections of this process to PostgreSQL: a pool, and one beside it. The first is made when it is needed. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #control: ControlConnection;
  readonly #turns: ConnectionTurns;
  #link: Link | undefined;
  readonly #toCancel: number[] = [];
  #cancelling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    const config = { ...commonConfig(options), query_timeout: controlTimeoutMs };
    this.#control = new ControlConnection(config, (client) => this.#findRoute(client));
    const { poolMax: max, statementTimeoutMs } = options;
    const waitMs = Math.min(connectTimeoutMs, statementTimeoutMs);
    this.#turns = new ConnectionTurns({ max, waitingMax: waitingPerConnection * max, waitMs });
  }

  /** Runs `work` with a connection of the pool. One that has failed does not go back. Throws DatabaseUnavailable. */
  async use<T>(work: (session: Session) => Promise<T>, demand: Demand = {}): Promise<T> {
    const { pool, sessions } = await this.#linked();
    const turn = await this.#turns.take(sharesOf(demand), demand.signal);
    try {
      const client = await this.#connect(pool, demand);
      let isBroken = false;
      try {
        const { signal } = demand;
        return await work(new Session(client, { ...sessions, signal, cancel: this.#cancel }));
      } catch (error) {
        const isReadOnly = error instanceof DatabaseUnavailable && error.reason === 'read_only';
        isBroken = isOutOfOrder(error) || isReadOnly;
        if (isReadOnly) this.#control.renew();
        // The waiting statements would only meet the same failure, one after the other.
        if (isSilence(error)) this.#turns.refuseWaiting(error as DatabaseUnavailable);
        throw error;
      } finally {
        client.release(isBroken);
      }
    } finally {
      turn();
    }
  }

  /**
   * Runs one statement outside of the pool, without a limit to its time. Behind a pooler that drops the settings of a
   * session, there is no limit to its waits for locks either.
   */
  async alone(sql: string, { lockTimeoutMs }: { readonly lockTimeoutMs: number }): Promise<void> {
    const isDirect = (await this.route()) === 'direct';
    const client = new pg.Client({
      ...commonConfig(this.#options),
      query_timeout: 0,
      ...(isDirect ? { lock_timeout: lockTimeoutMs } : {}),
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(sql);
    } catch (error) {
      throw translatePostgresError(error);
    } finally {
      void client.end().catch(() => undefined);
    }
  }

  /** Throws DatabaseUnavailable when statements are not answered. Waits for no connection of the pool. */
  async ping(): Promise<void> {
    await this.#ask();
  }

  /** The same, and when no write can work. */
  async pingForWrites(): Promise<void> {
    const { isReadOnly } = await this.#ask();
    if (!isReadOnly) return;
    this.#control.renew();
    throw new DatabaseUnavailable('read_only');
  }

  async #ask(): Promise<{ readonly isReadOnly: boolean }> {
    const { route } = await this.#linked();
    return this.#control.ping({ isPrepared: route === 'direct' });
  }

  /** Resolves to the path between this process and the server. */
  async route(): Promise<Route> {
    return (await this.#linked()).route;
  }

  /** Plans made before a schema change are of no use. */
  forgetPlans(): void {
    this.#link?.sessions.names?.forget();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#control.close();
    await this.#link?.pool.end();
  }

  async #linked(): Promise<Link> {
    if (this.#link === undefined) await this.#control.connect();
    return this.#link as Link;
  }

  /** A pooler keeps to itself which process of the server answers: the number it gave at connecting is its own. */
  async #findRoute(client: pg.Client): Promise<void> {
    let route: Route = 'told';
    if (this.#options.prepare === 'auto') {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS "pid"');
      route = rows[0]?.pid === processOf(client) ? 'direct' : 'pooler';
    }
    if (this.#link?.route === route) return;
    // A server to which the address has moved may be reached in another way.
    const former = this.#link;
    this.#link = this.#open(route);
    await former?.pool.end();
  }

  /** Where the server has none left to give, it takes one of ours that becomes free, and fewer are asked for from then on. */
  async #connect(pool: pg.Pool, { signal }: Demand): Promise<PoolClient> {
    const endsAt = performance.now() + connectTimeoutMs;
    for (;;) {
      try {
        return await pool.connect();
      } catch (error) {
        const translated = translatePostgresError(error);
        if (!isOutOfConnections(translated)) throw translated;
        this.#turns.lowerTo(pool.totalCount);
      }
      do {
        await delay(5 + Math.random() * (pool.totalCount > 0 ? 10 : 200));
        if (signal?.aborted === true) throw new DatabaseUnavailable('cancelled');
        if (performance.now() > endsAt) throw new DatabaseUnavailable('overloaded');
      } while (pool.totalCount > 0 && pool.idleCount === 0);
    }
  }

  /** Cancels the statement of a server process. If that fails, the statement time-out ends the statement. */
  readonly #cancel = (process: number): Promise<void> => {
    this.#toCancel.push(process);
    this.#cancelling ??= Promise.resolve().then(() => this.#cancelAll());
    return this.#cancelling;
  };

  /** Those of all clients that have left at once. */
  async #cancelAll(): Promise<void> {
    const processes = this.#toCancel.splice(0);
    this.#cancelling = undefined;
    const text = 'SELECT pg_cancel_backend("process") FROM unnest($1::int[]) AS "process"';
    await this.#control.query({ text, values: [processes] }).catch(() => undefined);
  }

  #open(route: Route): Link {
    const { poolMax, statementTimeoutMs, onConnectionLost } = this.#options;
    const isDirect = route === 'direct';
    const pool = new pg.Pool({
      ...commonConfig(this.#options),
      ...(isDirect ? startupSettings(statementTimeoutMs) : {}),
      max: poolMax,
      idleTimeoutMillis: 30_000,
    });
    pool.on('error', onConnectionLost);
    // A connection that breaks while a transaction holds it must not take the process down; the transaction's query fails by itself.
    pool.on('connect', (client) => client.on('error', () => undefined));
    const begin = isDirect ? 'BEGIN' : beginWithSettings(statementTimeoutMs);
    const names = isDirect ? new StatementNames() : undefined;
    return { route, pool, sessions: { begin, names, needsTransaction: !isDirect } };
  }
}

function commonConfig({ url, statementTimeoutMs }: ConnectionsOptions): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: Math.min(connectTimeoutMs, statementTimeoutMs + silenceMs),
    query_timeout: statementTimeoutMs + silenceMs,
    application_name: 'plinth',
    keepAlive: true,
    types: valueParsers,
  };
}

/** Callers and collections may have the same name. */
function sharesOf({ caller, collections = [] }: Demand): readonly string[] {
  return [
    ...(caller === undefined ? [] : [`caller ${caller}`]),
    ...collections.map((name) => `collection ${name}`),
  ];
}

function processOf(client: pg.Client): unknown {
  return (client as { processID?: number | null }).processID;
}
