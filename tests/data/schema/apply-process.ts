import { openDatabase, type Database, type Unit } from '#data/index.ts';
import type { CollectionDefinition } from '#domain/collections/index.ts';
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
      real.changeSchema(async (unit) => {
        const value = await work(after === 'all' ? unit : counting(unit, Number(after)));
        return after === 'all' ? stop() : value;
      }, options),
  };
}

function counting(unit: Unit, limit: number): Unit {
  let statements = 0;
  return {
    unit: true,
    touch: (...change) => unit.touch(...change),
    all: (statement) => unit.all(statement),
    run: (statement) => (statements++ === limit ? stop() : unit.run(statement)),
  };
}

function stop(): Promise<never> {
  process.stdout.write('inside\n');
  // Something has to keep the process alive until it is killed.
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
}
