import { openSchema, type Database, type Session } from '#data/index.ts';
import {
  buildModel,
  describeStep,
  diffDefinitions,
  type CollectionDefinition,
  type Model,
  type SchemaChange,
} from '#domain/collections/index.ts';
import { Problem } from '#domain/errors/problem.ts';
import { Refusal } from '#domain/errors/refusal.ts';
import type { Log } from '#platform/log.ts';
import type { CollectionsService, PlannedStep, SchemaPlan } from './collections.ts';
import { findDrift } from './drift.ts';
import { loadDefinitions } from './load.ts';

const lockTimeoutMsDefault = 60_000;

/** The service that knows which collections are in force. One per process. */
export function createCollections({ database, log }: { database: Database; log: Log }): CollectionsService {
  const schema = openSchema(database);
  let model: Model | undefined;

  async function survey(session: Session, change: SchemaChange): Promise<SchemaPlan> {
    const findings = await schema.survey(session, change);
    const steps = change.steps.map((step) => describeStep(step, findings));
    return { steps, destructive: steps.some(({ destructive }) => destructive) };
  }

  /** Without the lock, as a start does when another replica, or the last run, has done the work. */
  async function isDone(definitions: readonly CollectionDefinition[]): Promise<boolean> {
    const stored = await database.read((session) => schema.stored(session));
    return stored.current && diffDefinitions(stored.definitions, definitions).steps.length === 0;
  }

  return {
    load: loadDefinitions,
    plan: (definitions) =>
      database.read(async (session) => {
        const stored = await schema.stored(session);
        return survey(session, diffDefinitions(stored.definitions, definitions));
      }),
    async apply(definitions, { allowDestructive = false, lockTimeoutMs = lockTimeoutMsDefault } = {}) {
      const next = buildModel(definitions);
      let plan: SchemaPlan = { steps: [], destructive: false };
      if (!(await isDone(definitions))) {
        plan = await database.changeSchema(
          async (unit) => {
            const stored = await schema.stored(unit);
            const change = diffDefinitions(stored.definitions, definitions);
            const planned = await survey(unit, change);
            refuse(planned, allowDestructive);
            if (change.steps.length > 0 || !stored.current) await schema.carryOut(unit, change, definitions);
            return planned;
          },
          { lockTimeoutMs },
        );
      }
      for (const { collection, summary, destructive } of plan.steps) {
        log.info({ collection, destructive }, `schema: ${collection}: ${summary}`);
      }
      model = next;
      return plan;
    },
    async adopt(definitions) {
      if (!(await isDone(definitions))) {
        throw new Refusal(
          'The database does not match the collections. Run "plinth plan" to see how, and "plinth apply" to change it.',
        );
      }
      model = buildModel(definitions);
    },
    drift: () =>
      database.read(async (session) =>
        findDrift(
          await schema.stored(session),
          await schema.introspect(session),
          database.dialect.columnTypes,
        ),
      ),
    current() {
      if (model === undefined)
        throw new Problem('unavailable', {
          detail: 'The collections are not loaded yet',
          retryAfterSeconds: 1,
        });
      return model;
    },
  };
}

function refuse(plan: SchemaPlan, allowDestructive: boolean): void {
  const impossible = plan.steps.filter((step) => step.impossible === true);
  if (impossible.length > 0) {
    throw new Refusal(
      `The records that are there do not allow this change:\n${inLines(impossible)}\nNothing was changed.`,
    );
  }
  const destructive = plan.steps.filter((step) => step.destructive);
  if (destructive.length > 0 && !allowDestructive) {
    throw new Refusal(
      `This change loses data:\n${inLines(destructive)}\nNothing was changed. Run "plinth apply --allow-destructive" if that is what you want.`,
    );
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
