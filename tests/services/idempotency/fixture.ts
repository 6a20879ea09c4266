import type { Database, Statement } from '#data/index.ts';
import { anonymous } from '#domain/access/principal.ts';
import {
  createIdempotency,
  type KeyedOperation,
  type KeyedOutcome,
  type KeyedRequest,
} from '#services/idempotency/index.ts';
import type { RecordResult, RecordsService, WriteScope } from '#services/records/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { quiet } from '../../support/plinth/log.ts';
import { openServices, type ServicesOptions } from '../../support/plinth/services.ts';

export const request: KeyedRequest = {
  principal: anonymous,
  address: '192.0.2.1',
  key: 'k',
  method: 'POST',
  target: '/v1/things',
  body: Buffer.from('{}'),
  requestId: 'first',
};

/** What an operation of these tests has in the place of a body. */
interface Script {
  readonly run: () => Promise<RecordResult>;
  readonly committed: () => void;
}

/** The idempotency service over records that do what the operation says and write nothing: keys are all that is stored. */
export async function openKeyed(kind: TestDatabase, options: ServicesOptions = {}) {
  const services = await openServices(kind, options);
  const over = ({ database }: { readonly database: Database }) => ({
    database,
    idempotency: createIdempotency({
      database,
      records: scriptedRecords(database),
      clock: services.clock,
      log: quiet,
      ...(options.keysMax !== undefined && { keptMax: options.keysMax }),
    }),
  });
  return {
    ...over(services),
    clock: services.clock,
    openReplica: async () => over(await services.openReplica()),
  };
}

export function scriptedRecords(database: Database): Pick<RecordsService, 'execute' | 'transact'> {
  const scripts = new Map<WriteScope, Script>();
  const execute = async ({ body }: { body: unknown }, { within }: { within: WriteScope }) => {
    const script = body as Script;
    scripts.set(within, script);
    return script.run();
  };
  return {
    execute: execute as unknown as RecordsService['execute'],
    async transact(_principal, work) {
      const { done, script } = await database.write(async (transaction) => {
        const within = { transaction };
        return { done: await work(within), script: scripts.get(within) };
      });
      script?.committed();
      return done;
    },
  };
}

export const recordResult = (version: number, text = 'a record'): RecordResult => ({
  kind: 'record',
  collection: 'things',
  id: '1',
  version,
  created: true,
  record: { id: '1', text },
});

/** `begun` counts how often the operation was executed, `done` how often that was committed. */
export function counting(meanwhile: () => Promise<void> = async () => {}, text?: string) {
  const counts = { begun: 0, done: 0 };
  const script: Script = {
    async run() {
      counts.begun += 1;
      await meanwhile();
      return recordResult(counts.begun, text);
    },
    committed: () => (counts.done += 1),
  };
  const operation = (): KeyedOperation => ({ kind: 'create', collection: 'things', body: script });
  return { counts, operation };
}

export async function keysIn(database: Database): Promise<number> {
  const statement: Statement = { sql: 'SELECT "key" FROM "_plinth_idempotency"', parameters: [] };
  return (await database.read((reader) => reader.all(statement))).length;
}

export async function isReplayed(outcome: Promise<KeyedOutcome>): Promise<boolean> {
  const told = await outcome;
  return told.kind !== 'result' || told.replayed;
}
