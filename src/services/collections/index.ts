import { openSchema, type Database, type Schema, type Reader, type SchemaTransaction } from '#data/index.ts';
import { buildModel } from '#domain/collections/build.ts';
import { describeStep } from '#domain/collections/diff/describe-steps.ts';
import { diffDefinitions } from '#domain/collections/diff/diff-definitions.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Model } from '#domain/collections/model.ts';
import type { SchemaChange } from '#domain/collections/diff/steps.ts';
import { Problem } from '#domain/errors/problem.ts';
import { slowRules } from '#domain/query/slow-rules.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { loadDefinitions } from './load.ts';

export { checkGivenDefinitions, loadDefinitions } from './load.ts';

/** One step of a schema change, in words. */
export interface PlannedStep {
  readonly collection: string;
  /** e.g. `add property "dueOn" (date)`. */
  readonly summary: string;
  readonly destructive: boolean;
  /** The effect on stored records: values that are lost or filled in, or the reason why the step is impossible. */
  readonly consequence?: string;
  /** Stored records do not allow the step; `apply` refuses it, destructive changes allowed or not. */
  readonly impossible?: boolean;
}

export interface SchemaPlan {
  readonly steps: readonly PlannedStep[];
  readonly destructive: boolean;
  /** About how long writes wait while the change is made; absent where it is no second. */
  readonly writesWaitSeconds?: number;
}

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
  /** Definitions that are allowed and get slow with many records, a sentence each. */
  warnings(definitions: readonly CollectionDefinition[]): readonly string[];
  /** Differences between the tables of the database and those that Plinth made, a sentence each. For `plinth doctor`. */
  drift(): Promise<readonly string[]>;
  /** The model in force. Throws Problem `unavailable` before the first apply or adopt. */
  current(): Model;
}

const lockTimeoutMsDefault = 60_000;

interface CollectionsDependencies {
  readonly database: Database;
  readonly log: Log;
}

/** Knows the collections in force. One for a process. */
export function createCollections({ database, log }: CollectionsDependencies): CollectionsService {
  const schema = openSchema(database);
  let model: Model | undefined;

  return {
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
      const next = buildModel(definitions);
      // The lock is not taken when the database matches already, by another replica or an earlier run.
      const isNothingToDo = await isDone(database, schema, definitions);
      if (isNothingToDo) await schema.forget().catch(() => undefined);
      if (!isNothingToDo) await warnOfWait({ database, schema, log }, definitions);
      const plan = isNothingToDo
        ? nothingToDo
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
      model = next;
      return plan;
    },
    async adopt(definitions) {
      if (!(await isDone(database, schema, definitions))) {
        throw new Problem('schema_mismatch', {
          detail:
            'The database does not match the collections. Run "plinth plan" to see how, and "plinth apply" to change it.',
        });
      }
      model = buildModel(definitions);
    },
    warnings: (definitions) => slowRules(buildModel(definitions)),
    drift: () => database.read((reader) => schema.drift(reader)),
    current() {
      if (model !== undefined) return model;
      throw new Problem('unavailable', {
        detail: 'The collections are not loaded yet',
        retryAfterSeconds: 1,
      });
    },
  };
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

const nothingToDo: SchemaPlan = { steps: [], destructive: false };

async function isDone(
  database: Database,
  schema: Schema,
  definitions: readonly CollectionDefinition[],
): Promise<boolean> {
  const stored = await database.read((reader) => schema.stored(reader));
  return stored.current && diffDefinitions(stored.definitions, definitions).steps.length === 0;
}

async function describePlan(schema: Schema, reader: Reader, difference: SchemaChange): Promise<SchemaPlan> {
  const impact = await schema.survey(reader, difference);
  const steps = difference.steps.map((step) => describeStep(step, impact));
  return { steps, destructive: steps.some(({ destructive }) => destructive) };
}

/** Runs under the lock: it sees the changes of other replicas, and the records it counts stay as they are. */
async function change(
  { database, schema }: { readonly database: Database; readonly schema: Schema },
  transaction: SchemaTransaction,
  definitions: readonly CollectionDefinition[],
  allowDestructive: boolean,
): Promise<SchemaPlan> {
  const stored = await schema.stored(transaction);
  const difference = diffDefinitions(stored.definitions, definitions);
  await schema.prepare(transaction, difference, async () =>
    // Not within the transaction: what it has read, it keeps others from dropping.
    refuse(await database.read((reader) => describePlan(schema, reader, difference)), allowDestructive),
  );
  await schema.lock(transaction, difference);
  const plan = await describePlan(schema, transaction, difference);
  refuse(plan, allowDestructive);
  if (plan.steps.length > 0 || !stored.current) await schema.carryOut(transaction, difference, definitions);
  return plan;
}

/** What was made ahead of the change goes; when that cannot be done now, the next change does it. */
async function giveUp(schema: Schema, error: unknown): Promise<never> {
  await schema.forget().catch(() => undefined);
  throw error;
}

function refuse(plan: SchemaPlan, allowDestructive: boolean): void {
  const impossible = plan.steps.filter((step) => step.impossible === true);
  if (impossible.length > 0) {
    throw new Problem('schema_conflict', {
      detail: `The records that are there do not allow this change:\n${inLines(impossible)}\nNothing was changed.`,
    });
  }
  const destructive = plan.steps.filter((step) => step.destructive);
  if (destructive.length > 0 && !allowDestructive) {
    throw new Problem('destructive_change', {
      detail: `This change loses data:\n${inLines(destructive)}\nNothing was changed. Run "plinth apply --allow-destructive" if that is what you want.`,
    });
  }
}

function inLines(steps: readonly PlannedStep[]): string {
  return steps
    .map(
      ({ collection, summary, consequence }) =>
        `  ${collection}: ${summary}${consequence === undefined ? '' : `: ${consequence}`}`,
    )
    .join('\n');
}
