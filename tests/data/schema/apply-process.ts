import { openDatabase, type Database, type Transaction } from '#data/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { serviceOn } from './fixture.ts';

/**
 * A replica of its own: `node apply-process.ts URL DEFINITIONS [STATEMENTS]` applies and prints the number of steps. With
 * STATEMENTS it stops for ever after that many statements inside the transaction and prints `inside`; `all` stops it
 * before the commit.
 */
const [url = '', definitions = '[]', stopAfter] = process.argv.slice(2);
const database = openDatabase({ url, poolMax: 2, statementTimeoutMs: 30_000 });
const service = serviceOn(stopAfter === undefined ? database : stopping(database, stopAfter));
const { steps } = await service.apply(JSON.parse(definitions) as CollectionDefinition[], {
  allowDestructive: true,
});
process.stdout.write(`${steps.length}\n`);
await database.close();

function stopping(real: Database, after: string): Database {
  return {
    ...real,
    changeSchema: (work, options) =>
      real.changeSchema(async (transaction) => {
        const value = await work(after === 'all' ? transaction : counting(transaction, Number(after)));
        return after === 'all' ? stop() : value;
      }, options),
  };
}

function counting(transaction: Transaction, limit: number): Transaction {
  let statements = 0;
  return {
    isTransaction: true,
    all: (statement) => transaction.all(statement),
    run: (statement) => (statements++ === limit ? stop() : transaction.run(statement)),
  };
}

function stop(): Promise<never> {
  process.stdout.write('inside\n');
  // Something has to keep the process alive until it is killed.
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
}
