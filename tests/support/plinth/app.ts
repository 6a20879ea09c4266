import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp as start, type RunningApp } from '#plinth';
import { loadSettings } from '#config/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { systemClock, type Clock } from '#platform/clock.ts';
import type { PasswordsOptions } from '#platform/passwords.ts';
import { closeAtEnd } from './closing.ts';
import { rememberingLog, type LogLine } from './log.ts';
import { cheapHashes } from './services.ts';

export interface TestAppOptions {
  /** `TestDatabase.createUrl()`; without it a SQLite file of its own. */
  readonly database?: string;
  /** Without them the ones the repository ships. */
  readonly collections?: readonly CollectionDefinition[];
  /** Settings by their names in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** How passwords are hashed, beside a cost that is next to nothing. */
  readonly passwords?: PasswordsOptions;
}

export interface Sent {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Received<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed where it is JSON, else the text; undefined where there is none. */
  readonly body: Body;
}

export interface SignedUp {
  readonly token: string;
  readonly refreshToken: string;
  readonly user: Readonly<Record<string, unknown>> & { readonly id: string };
}

export interface TestApp {
  readonly app: RunningApp;
  readonly url: string;
  readonly port: number;
  readonly log: readonly LogLine[];
  readonly inject: RunningApp['server']['inject'];
  /** A request without the network. Bodies go out as JSON. */
  send<Body = Record<string, unknown>>(method: string, path: string, sent?: Sent): Promise<Received<Body>>;
  /** A new user, signed in; each with an address of their own. */
  signUp(): Promise<SignedUp>;
  /** A new user with the role admin, signed in. */
  signUpAdmin(): Promise<SignedUp>;
  /** Earlier than at the end of the test file. */
  close(): Promise<void>;
}

const password = 'correct horse battery';

/**
 * The whole program over a database, listening on a port of its own, with nothing replaced but the log and the cost of
 * hashes. Stops at the end of the test file.
 */
export async function startApp({
  database,
  collections,
  settings = {},
  clock = systemClock,
  passwords = {},
}: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-app-'));
  for (const definition of collections ?? []) {
    writeFileSync(join(folder, `${definition.name}.json`), JSON.stringify(definition));
  }
  const { log, lines } = rememberingLog();
  const app = await start({
    log,
    clock,
    passwords: { cost: cheapHashes, ...passwords },
    settings: loadSettings({
      directory: folder,
      environment: {
        PORT: '0',
        // Tests sign up more people than one address may; those about limits turn them on.
        RATE_LIMIT: 'off',
        DATA_DIR: folder,
        COLLECTIONS_DIR:
          collections === undefined ? join(import.meta.dirname, '../../../collections') : folder,
        ...(database === undefined ? {} : { DATABASE_URL: database }),
        ...settings,
      },
    }),
  });
  const { inject } = app.server;
  const close = async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  closeAtEnd(close);

  const send: TestApp['send'] = async (method, path, { token, body, headers = {} } = {}) => {
    const answer = await inject({
      method: method as 'GET',
      url: path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const isJson = /[/+]json/.test(String(answer.headers['content-type']));
    const received = isJson && answer.body !== '' ? JSON.parse(answer.body) : answer.body || undefined;
    return { status: answer.statusCode, headers: answer.headers, body: received as never };
  };

  let people = 0;
  async function signUp(role?: string): Promise<SignedUp> {
    const email = `person-${++people}@example.org`;
    const registered = await send<Pair>('POST', '/auth/register', { body: { email, password } });
    if (registered.status !== 201) throw new Error(`cannot register: ${JSON.stringify(registered.body)}`);
    if (role === undefined) return signedUp(registered.body);
    await app.auth.administration.setRole(email, role);
    return signedUp((await send<Pair>('POST', '/auth/login', { body: { email, password } })).body);
  }

  return {
    app,
    url: app.url,
    port: app.port,
    log: lines,
    inject,
    send,
    signUp: () => signUp(),
    signUpAdmin: () => signUp('admin'),
    close,
  };
}

interface Pair {
  readonly user: SignedUp['user'];
  readonly accessToken: string;
  readonly refreshToken: string;
}

function signedUp({ user, accessToken, refreshToken }: Pair): SignedUp {
  return { user, token: accessToken, refreshToken };
}
