import type { Database, IdempotencyKeysRepository, Transaction } from '#data/index.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Clock } from '#platform/clock.ts';
import type { RecordsService } from '#services/records/index.ts';
import { identityOf, type Identity, type KeyedRequest } from './identity.ts';
import {
  replay,
  storedProblem,
  storedResult,
  type KeyedOperation,
  type KeyedOutcome,
  type StoredOutcome,
} from './stored-result.ts';

export interface KeyedRequestsDependencies {
  readonly database: Database;
  readonly records: Pick<RecordsService, 'execute' | 'transact'>;
  readonly keys: IdempotencyKeysRepository;
  readonly clock: Clock;
  /** Called with the body of each row that is stored. */
  readonly onStored: (body: string | null) => void;
}

const keptMs = 24 * 60 * 60_000;
const retryAfterSeconds = 1;

/** Another request has stored a result under the key: the transaction is given up. */
class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

/** Repeatable requests: each is new, in flight, or has its outcome stored. */
export class KeyedRequests {
  readonly #dependencies: KeyedRequestsDependencies;
  /** The requests that this process is executing: key → fingerprint. */
  readonly #inFlight = new Map<string, string>();

  constructor(dependencies: KeyedRequestsDependencies) {
    this.#dependencies = dependencies;
  }

  async execute(request: KeyedRequest, operationOf: () => KeyedOperation): Promise<KeyedOutcome> {
    const { records } = this.#dependencies;
    const { principal, address, signal } = request;
    const identity = identityOf(request);
    const known = await this.#find(identity);
    if (known !== undefined) return known;
    this.#enter(identity);
    try {
      const operation = operationOf();
      const collections = collectionsOf(operation);
      const beneficiary = { principal, client: { address, signal }, operation, collections };
      const { stored, result } = await records.transact(beneficiary, async (within) => {
        await this.#claim(within.transaction, identity);
        const executed = storedResult(await records.execute(operation, { principal, within }));
        await this.#store(within.transaction, identity, executed.stored);
        return executed;
      });
      this.#dependencies.onStored(stored.body);
      return { kind: 'result', replayed: false, result };
    } catch (error) {
      return await this.#settle(request, identity, error);
    } finally {
      this.#inFlight.delete(identity.key);
    }
  }

  #enter({ key, fingerprint }: Identity): void {
    const twin = this.#inFlight.get(key);
    if (twin !== undefined) {
      refuseUnlessSame(twin, fingerprint);
      throw inProgress();
    }
    this.#inFlight.set(key, fingerprint);
  }

  /** After a failure: the outcome of the request that was faster, or the problem, stored in a transaction of its own. */
  async #settle(request: KeyedRequest, identity: Identity, error: unknown): Promise<KeyedOutcome> {
    try {
      if (error instanceof Problem && error.code !== 'request_in_progress')
        await this.#storeProblem(identity, error, request.requestId);
      throw error;
    } catch (failure) {
      if (!(failure instanceof KeyTaken)) throw failure;
      const first = await this.#find(identity);
      if (first === undefined) throw inProgress();
      return first;
    }
  }

  async #storeProblem(identity: Identity, problem: Problem, requestId: string): Promise<void> {
    const stored = storedProblem(problem, requestId);
    if (stored === undefined) return;
    await this.#dependencies.database.write(async (transaction) => {
      await this.#claim(transaction, identity);
      await this.#store(transaction, identity, stored);
    });
    this.#dependencies.onStored(stored.body);
  }

  async #find({ key, fingerprint }: Identity): Promise<KeyedOutcome | undefined> {
    const { database, keys, clock } = this.#dependencies;
    const row = await database.read((reader) => keys.find(reader, key, clock.now().toISOString()));
    if (row === undefined) return undefined;
    refuseUnlessSame(row.fingerprint, fingerprint);
    return replay(row);
  }

  async #claim(transaction: Transaction, { key }: Identity): Promise<void> {
    if (!(await this.#dependencies.keys.claim(transaction, key))) throw inProgress();
  }

  async #store(transaction: Transaction, identity: Identity, stored: StoredOutcome): Promise<void> {
    const now = this.#dependencies.clock.now();
    const expiresAt = new Date(now.getTime() + keptMs).toISOString();
    const row = { ...identity, ...stored, expiresAt };
    if (!(await this.#dependencies.keys.keep(transaction, row, now.toISOString()))) throw new KeyTaken();
  }
}

/** A batch names its collections in its items, which nobody has looked at yet. */
function collectionsOf(operation: KeyedOperation): readonly string[] {
  return operation.kind === 'batch' ? [] : [operation.collection];
}

function refuseUnlessSame(known: string, fingerprint: string): void {
  if (known === fingerprint) return;
  throw new Problem('idempotency_mismatch', {
    detail:
      'This Idempotency-Key was sent with another method, path, query or body, or under another role, before',
  });
}

function inProgress(): Problem {
  return new Problem('request_in_progress', { retryAfterSeconds });
}
