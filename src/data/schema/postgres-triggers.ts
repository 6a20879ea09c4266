import { quote, statement } from './ddl.ts';
import type { TriggerDialect } from './trigger-dialect.ts';

/** Arguments of a trigger as they are kept: each with a zero after it. */
const argumentsOf = { plain: '', tracked: 'tracked\\000' };

/** The two triggers of a table. They call one function that serves all tables: see postgres-change-functions.ts. */
export const postgresTriggers: TriggerDialect = {
  present: (reader) =>
    reader.all(
      statement(
        `SELECT c.relname::text AS "table", t.tgname::text AS "name", ` +
          `CASE t.tgenabled WHEN 'O' THEN encode(t.tgargs, 'escape') ELSE 'off' END AS "definition" ` +
          `FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid ` +
          `WHERE c.relnamespace = current_schema()::regnamespace AND t.tgname LIKE '\\_plinth\\_%'`,
      ),
    ),
  wanted({ name: table, definition: { changes = true } }, { isTracked }) {
    const versions = {
      table,
      name: '_plinth_version',
      definition: argumentsOf.plain,
      create:
        `CREATE TRIGGER "_plinth_version" BEFORE UPDATE ON ${quote(table)} FOR EACH ROW ` +
        `WHEN (OLD."version" = NEW."version") EXECUTE FUNCTION "_plinth_move_version"()`,
    };
    const record = {
      table,
      name: '_plinth_change',
      definition: isTracked ? argumentsOf.tracked : argumentsOf.plain,
      create:
        `CREATE TRIGGER "_plinth_change" AFTER INSERT OR UPDATE OR DELETE ON ${quote(table)} FOR EACH ROW ` +
        `EXECUTE FUNCTION "_plinth_record_change"(${isTracked ? `'tracked'` : ''})`,
    };
    return changes ? [versions, record] : [versions];
  },
  drop: ({ table, name }) => `DROP TRIGGER ${quote(name)} ON ${quote(table)}`,
};
