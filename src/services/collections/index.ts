import {
  openSchema,
  type Database,
  type DefinitionsInForce,
  type Reader,
  type Schema,
  type SchemaTransaction,
} from '#data/index.ts';
import { buildModel } from '#domain/collections/build.ts';
import { describeStep } from '#domain/collections/diff/describe-steps.ts';
import { diffDefinitions } from '#domain/collections/diff/diff-definitions.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Model } from '#domain/collections/model.ts';
import type { SchemaChange } from '#domain/collections/diff/steps.ts';
import { Problem } from '#domain/errors/problem.ts';
import { slowRules } from '#domain/query/slow-rules.ts';
import type { Log } from '#platform/telemetry/log.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import { InForce, type Follow, type Following } from './in-force.ts';
import { loadDefinitions } from './load.ts';
import { refuse, type SchemaPlan } from './schema-plan.ts';
import { findNewer } from './find-newer.ts';

export type { PlannedStep, SchemaPlan } from './schema-plan.ts';
export type { Following } from './in-force.ts';
export { checkGivenDefinitions, loadDefinitions } from './load.ts';

/** Definitions on their way from files to the database to the model in force. A Problem lists every mistake at once. */
export interface CollectionsService {
  /** Reads and checks every file of COLLECTIONS_DIR and adds the built-in `users`. */
  load(directory: string): Promise<readonly CollectionDefinition[]>;
  plan(definitions: readonly CollectionDefinition[]): Promise<SchemaPlan>;
  /**
   * Brings the database to these definitions in one transaction, under the lock, and makes them the model in force.
   * Throws `schema_conflict` for a step that is impossible, `destructive_change` without `allowDestructive`. Returns the
   * changes that were made, if any.
   */
  apply(
    definitions: readonly CollectionDefinition[],
    options?: { allowDestructive?: boolean; lockTimeoutMs?: number },
  ): Promise<SchemaPlan>;
  /** Makes these definitions the model in force. Throws `schema_mismatch` when the database does not match them. */
  adopt(definitions: readonly CollectionDefinition[]): Promise<void>;
  /**
   * Applies (`applies`) or adopts these definitions. When they were in force before, and those that are now only add to them,
   * those stay: a server with older files works beside newer ones. Throws as `apply` and `adopt` do.
   */
  start(definitions: readonly CollectionDefinition[], options: { applies: boolean }): Promise<SchemaPlan>;
  /** Definitions that are allowed and get slow with many records, a sentence each. */
  warnings(definitions: readonly CollectionDefinition[]): readonly string[];
  /** Differences between the tables of the database and those that Plinth made, a sentence each. For `plinth doctor`. */
  drift(): Promise<readonly string[]>;
  /** The model in force. Throws Problem `unavailable` before the first apply or adopt. */
  current(): Model;
  /** The number of the model in force, for `WriteOptions.definitions`. */
  revision(): number | undefined;
  readonly follow: Follow;
  readonly following: Following;
  /** Takes in the definitions that other processes put in force. */
  follower(): Lifecycle;
  /** Whether the model in force comes from other definitions than this process was given. */
  differsFromGiven(): boolean;
}

const lockTimeoutMsDefault = 60_000;

interface CollectionsDependencies {
  readonly database: Database;
  readonly log: Log;
}

/** Knows the collections in force. One for a process. */
export function createCollections({ database, log }: CollectionsDependencies): CollectionsService {
  const schema = openSchema(database);
  const inForce = new InForce({ database, schema, log });

  const service: CollectionsService = {
    load: loadDefinitions,
    plan: (definitions) =>
      database.read(async (reader) => {
        const stored = await schema.stored(reader);
        const difference = diffDefinitions(stored.definitions, definitions);
        const plan = await describePlan(schema, reader, difference);
        const seconds = await waitSeconds(schema, reader, difference);
        return seconds === 0 ? plan : { ...plan, writesWaitSeconds: seconds };
      }),
    async apply(definitions, { allowDestructive = false, lockTimeoutMs = lockTimeoutMsDefault } = {}) {
      // The lock is not taken when the database matches already, by another replica or an earlier run.
      const done = await findDone(database, schema, definitions);
      if (done !== undefined) await schema.forget().catch(() => undefined);
      else await warnOfWait({ database, schema, log }, definitions);
      const { plan, revision } =
        done !== undefined
          ? { plan: nothingToDo, revision: done.revision }
          : await database
              .changeSchema(
                (transaction) => change({ database, schema }, transaction, definitions, allowDestructive),
                {
                  lockTimeoutMs,
                },
              )
              .catch((error: unknown) => giveUp(schema, error));
      for (const { collection, summary, destructive } of plan.steps) {
        log.info({ collection, destructive }, `schema: ${collection}: ${summary}`);
      }
      inForce.put({ definitions, revision }, definitions);
      return plan;
    },
    async adopt(definitions) {
      const done = await findDone(database, schema, definitions);
      if (done === undefined) {
        throw new Problem('schema_mismatch', {
          detail:
            'The database does not match the collections. Run "plinth plan" to see how, and "plinth apply" to change it.',
        });
      }
      inForce.put({ definitions, revision: done.revision }, definitions);
    },
    async start(definitions, { applies }) {
      const stored = await database.read((reader) => findNewer(schema, reader, definitions, { applies }));
      if (stored !== undefined) inForce.put(stored, definitions);
      else if (applies) return service.apply(definitions);
      else await service.adopt(definitions);
      return nothingToDo;
    },
    warnings: (definitions) => slowRules(buildModel(definitions)),
    drift: () => database.read((reader) => schema.drift(reader)),
    ...readingOf(inForce),
  };
  return service;
}

async function waitSeconds(schema: Schema, reader: Reader, change: SchemaChange): Promise<number> {
  return Math.round((await schema.writesWaitMs(reader, change)) / 1_000);
}

/** Before others have to wait. */
async function warnOfWait(
  { database, schema, log }: CollectionsDependencies & { readonly schema: Schema },
  definitions: readonly CollectionDefinition[],
): Promise<void> {
  const seconds = await database.read(async (reader) => {
    const stored = await schema.stored(reader);
    return waitSeconds(schema, reader, diffDefinitions(stored.definitions, definitions));
  });
  if (seconds > 0) log.warn({ seconds }, `schema: writes wait for about ${seconds} s; reads go on`);
}

/** The service's view of the model in force. */
function readingOf(inForce: InForce) {
  return {
    current: () => inForce.model,
    revision: () => inForce.revision,
    follow: inForce.follow,
    following: inForce.following,
    follower: () => inForce.follower(),
    differsFromGiven: () => inForce.differsFromGiven,
  };
}

const nothingToDo: SchemaPlan = { steps: [], destructive: false, additive: true };

/** The stored definitions when they equal these; undefined otherwise. */
async function findDone(
  database: Database,
  schema: Schema,
  definitions: readonly CollectionDefinition[],
): Promise<DefinitionsInForce | undefined> {
  const stored = await database.read((reader) => schema.stored(reader));
  const isDone = stored.current && diffDefinitions(stored.definitions, definitions).steps.length === 0;
  return isDone ? stored : undefined;
}

async function describePlan(schema: Schema, reader: Reader, difference: SchemaChange): Promise<SchemaPlan> {
  const impact = await schema.survey(reader, difference);
  const steps = difference.steps.map((step) => describeStep(step, impact));
  return {
    steps,
    destructive: steps.some(({ destructive }) => destructive),
    additive: steps.every(({ additive }) => additive),
  };
}

/** Runs under the lock: it sees the changes of other replicas, and the records it counts stay as they are. */
async function change(
  { database, schema }: { readonly database: Database; readonly schema: Schema },
  transaction: SchemaTransaction,
  definitions: readonly CollectionDefinition[],
  allowDestructive: boolean,
): Promise<{ readonly plan: SchemaPlan; readonly revision: number }> {
  const stored = await schema.stored(transaction);
  const difference = diffDefinitions(stored.definitions, definitions);
  await schema.prepare(transaction, difference, async () =>
    // A reader of its own, since the transaction would hold locks on the tables it reads.
    refuse(await database.read((reader) => describePlan(schema, reader, difference)), allowDestructive),
  );
  await schema.lock(transaction, difference);
  const plan = await describePlan(schema, transaction, difference);
  refuse(plan, allowDestructive);
  if (plan.steps.length > 0 || !stored.current) await schema.carryOut(transaction, difference, definitions);
  return { plan, revision: await schema.revision(transaction) };
}

/** Removes the objects made ahead of the change; if that fails now, the next change does it. Throws `error`. */
async function giveUp(schema: Schema, error: unknown): Promise<never> {
  await schema.forget().catch(() => undefined);
  throw error;
}
