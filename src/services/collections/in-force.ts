import {
  DatabaseUnavailable,
  DefinitionsChanged,
  ReferenceViolation,
  UniqueViolation,
  type Database,
  type DefinitionsInForce,
  type Schema,
} from '#data/index.ts';
import { buildModel } from '#domain/collections/build.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { diffDefinitions } from '#domain/collections/diff/diff-definitions.ts';
import type { Model } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Log } from '#platform/telemetry/log.ts';

/** Well below the 5 s within which a server without traffic has taken in a change. */
const pollMs = 1_000;
/** Definitions that change again while work is being tried again. */
const attemptsMax = 5;

export interface InForceOptions {
  readonly database: Database;
  readonly schema: Schema;
  readonly log: Log;
}

/** Runs work that relies on the model in force, and again from the start when another has come into force meanwhile. */
export type Follow = <Of extends readonly unknown[], T>(
  work: (...of: Of) => Promise<T>,
  ...of: Of
) => Promise<T>;

/** The same as a function; `isPart` tells a call that belongs to other work, which will be run again as a whole. */
export type Following = <Of extends readonly unknown[], T>(
  work: (...of: Of) => Promise<T>,
  isPart: (...of: Of) => boolean,
) => (...of: Of) => Promise<T>;

/** The model that this process works with, and how it keeps up with the database. */
export class InForce {
  readonly #options: InForceOptions;
  #model: Model | undefined;
  #revision: number | undefined;
  /** As this process was given them. */
  #given: readonly CollectionDefinition[] = [];
  #differs = false;

  constructor(options: InForceOptions) {
    this.#options = options;
  }

  /** Throws Problem `unavailable` before there is any. */
  get model(): Model {
    if (this.#model !== undefined) return this.#model;
    throw new Problem('unavailable', { detail: 'The collections are not loaded yet', retryAfterSeconds: 1 });
  }

  /** The number of the model; undefined before there is any. */
  get revision(): number | undefined {
    return this.#revision;
  }

  /** Whether the definitions that this process was given are not those in force. */
  get differsFromGiven(): boolean {
    return this.#differs;
  }

  /** `given`: the definitions of this process, which may be others. */
  put({ definitions, revision }: DefinitionsInForce, given: readonly CollectionDefinition[]): void {
    this.#model = buildModel(definitions);
    this.#revision = revision;
    this.#given = given;
    const differed = this.#differs;
    this.#differs = diffDefinitions(given, definitions).steps.length > 0;
    if (this.#differs && !differed)
      this.#options.log.warn(
        { revision },
        'the definitions in force are not those of the files that this server was started with',
      );
  }

  readonly following: Following =
    (work, isPart) =>
    async (...of) => {
      for (let attempt = 1; ; attempt++) {
        const model = this.#model;
        try {
          return await work(...of);
        } catch (error) {
          if (isPart(...of)) throw error;
          await this.#lookAgain(error, model, attempt);
        }
      }
    };

  readonly follow: Follow = async (work, ...of) => {
    for (let attempt = 1; ; attempt++) {
      const model = this.#model;
      try {
        return await work(...of);
      } catch (error) {
        await this.#lookAgain(error, model, attempt);
      }
    }
  };

  /** Throws the error of an attempt, unless it relied on a model that is not in force any more. */
  async #lookAgain(error: unknown, model: Model | undefined, attempt: number): Promise<void> {
    if (attempt === attemptsMax || !mayBeOutdated(error)) throw asProblem(error);
    await this.#refresh();
    if (this.#model === model) throw asProblem(error);
  }

  /** Looks for new definitions each second. */
  follower(): Lifecycle {
    let timer: NodeJS.Timeout | undefined;
    let looking: Promise<void> | undefined;
    return {
      name: 'follower of the definitions',
      start: () => {
        timer ??= setInterval(() => {
          looking ??= this.#refresh().finally(() => (looking = undefined));
        }, pollMs).unref();
      },
      async stop() {
        clearInterval(timer);
        timer = undefined;
        await looking;
      },
    };
  }

  /** Does not throw: the error that made somebody look is the one worth telling. */
  async #refresh(): Promise<void> {
    const { database, schema, log } = this.#options;
    try {
      const revision = await database.read((reader) => schema.revision(reader));
      if (revision === this.#revision) return;
      const found = await database.read((reader) => schema.inForce(reader));
      if (found.revision === this.#revision) return;
      database.forgetStatements();
      this.put(found, this.#given);
      log.info({ revision: found.revision }, 'took in the definitions that were put in force');
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable))
        log.error({ error }, 'the definitions in force could not be taken in');
    }
  }
}

/** Whether a failure may come from definitions that are not in force any more. */
function mayBeOutdated(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return false;
  if (!(error instanceof Problem)) return true;
  return error.cause instanceof UniqueViolation || error.cause instanceof ReferenceViolation;
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof DefinitionsChanged)) return error;
  const detail = 'The collections are being changed';
  return new Problem('unavailable', { detail, retryAfterSeconds: 1, cause: error });
}
