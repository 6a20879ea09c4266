import pg, { type PoolClient } from 'pg';
import { DatabaseUnavailable } from '../../database.ts';
import { translatePostgresError } from '../postgres-errors.ts';
import { valueParsers } from '../postgres-client.ts';
import { ControlConnection } from './control-connection.ts';
import { beginWithSettings, startupSettings } from './session-settings.ts';
import { StatementNames } from './statement-names.ts';

const connectTimeoutMs = 5_000;

export interface ConnectionsOptions {
  readonly url: string;
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  /** `off`: as behind a pooler, also where none can be told. */
  readonly prepare: 'auto' | 'off';
  /** Told when an idle connection breaks; the pool heals by itself. */
  readonly onConnectionLost: (error: Error) => void;
}

/** What is between this process and the server. */
type Route = 'direct' | 'pooler' | 'told';

/** A connection for the time of one piece of work. */
export interface Session {
  readonly client: PoolClient;
  /** Absent where the next transaction may run in another session of the server. */
  readonly names: StatementNames | undefined;
  /** Begins a transaction, with the limits that a session does not bring along. */
  readonly begin: string;
  /** Limits and time zone hold in transactions only, so every statement has to be in one. */
  readonly needsTransaction: boolean;
}

interface Link {
  readonly route: Route;
  readonly pool: pg.Pool;
  readonly names: StatementNames | undefined;
  readonly begin: string;
}

/** All connections of this process to PostgreSQL: a pool, and one beside it. The first is made when it is needed. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #control: ControlConnection;
  #link: Link | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#control = new ControlConnection(commonConfig(options), (client) => this.#findRoute(client));
  }

  /** Runs `work` with a connection of the pool. One that has failed does not go back. Throws DatabaseUnavailable. */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const link = await this.#linked();
    const client = await link.pool.connect().catch((error: unknown) => {
      throw translatePostgresError(error);
    });
    let broken = false;
    try {
      const { names, begin, route } = link;
      return await work({ client, names, begin, needsTransaction: route !== 'direct' });
    } catch (error) {
      broken = error instanceof DatabaseUnavailable;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Throws DatabaseUnavailable when statements are not answered. Waits for no connection of the pool. */
  async ping(): Promise<void> {
    const { route } = await this.#linked();
    await this.#control.ping({ isPrepared: route === 'direct' });
  }

  /** Resolves to what stands between this process and the server. */
  async route(): Promise<Route> {
    return (await this.#linked()).route;
  }

  /** Plans made before a schema change are of no use. */
  forgetPlans(): void {
    this.#link?.names?.forget();
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
      route = rows[0]?.pid === numberOf(client) ? 'direct' : 'pooler';
    }
    if (this.#link?.route === route) return;
    // A server to which the address has moved may be reached in another way.
    const former = this.#link;
    this.#link = this.#open(route);
    await former?.pool.end();
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
    return { route, pool, begin, names: isDirect ? new StatementNames() : undefined };
  }
}

function commonConfig({ url, statementTimeoutMs }: ConnectionsOptions): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    // The server cancels first; this one is for a server, or a network, that has stopped answering.
    query_timeout: statementTimeoutMs + 2_000,
    application_name: 'plinth',
    keepAlive: true,
    types: valueParsers,
  };
}

/** The server has another process for each connection. */
function numberOf(client: pg.ClientBase): number {
  return (client as { processID?: number | null }).processID ?? 0;
}
