/** The setting with the user or key that a transaction writes for; Plinth sets it for the time of the transaction. */
export const actorSetting = 'plinth.actor';
/** The setting with the records changed so far: `tasks/018f… projects/018f… `; `tasks/* projects/* ` for many. */
export const changedSetting = 'plinth.changed';

/** As long as that, and all ids are left out: every change reads the setting, and a long one takes four times as long. */
const changedLengthMax = 4_000;

/** 20 bits for the log, 44 for a `seq` (at 10,000 entries a second, they last for 55 years). */
const seqBits = 44;
const lockBase = `(('"_plinth_changes"'::regclass::oid::bigint % 524286 + 1) << ${seqBits})`;
/** The last `seq` that was given away, as it is at the moment. */
export const lastSeq = `coalesce(pg_sequence_last_value('"_plinth_changes_seq_seq"'::regclass), 0)`;

/**
 * The first change of a transaction takes a shared lock whose number says which `seq` was the last before it: all its
 * entries come after that one. So the held locks say up to where the log is complete. Transactions of other databases,
 * and those of this one that change no records, have no influence on that.
 *
 * The first change of a tracked collection renews a mark of it: any that no other transaction has renewed and not yet
 * committed, so that none waits for another. There are as many as there have ever been writers at once.
 */
const recordChange = `
DECLARE
  changed text := coalesce(current_setting('${changedSetting}', true), '');
BEGIN
  IF TG_OP = 'UPDATE' AND NEW."version" = OLD."version" THEN
    RETURN NULL;
  END IF;
  IF changed = '' THEN
    PERFORM pg_advisory_xact_lock_shared(${lockBase} | ${lastSeq});
  END IF;
  IF TG_NARGS > 0 AND strpos(' ' || changed, ' ' || TG_TABLE_NAME || '/') = 0 THEN
    UPDATE "_plinth_generations" SET "mark" = gen_random_uuid()
    WHERE "collection" = TG_TABLE_NAME AND "slot" = (
      SELECT "slot" FROM "_plinth_generations" WHERE "collection" = TG_TABLE_NAME AND "slot" > 0
      LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
      INSERT INTO "_plinth_generations" ("collection", "slot", "mark")
      VALUES (TG_TABLE_NAME, 1 + floor(random() * 9e15), gen_random_uuid());
    END IF;
  END IF;
  IF strpos(' ' || changed, ' ' || TG_TABLE_NAME || '/* ') > 0 THEN
    NULL;
  ELSIF length(changed) < ${changedLengthMax} THEN
    PERFORM set_config('${changedSetting}', changed || TG_TABLE_NAME || '/' || coalesce(NEW."id", OLD."id") || ' ', true);
  ELSE
    PERFORM set_config('${changedSetting}', (
      SELECT string_agg(DISTINCT split_part(entry, '/', 1) || '/* ', '')
      FROM unnest(string_to_array(changed || TG_TABLE_NAME || '/*', ' ')) AS entry), true);
  END IF;
  INSERT INTO "_plinth_changes" ("at", "collection", "record", "kind", "version", "actor", "before", "after")
  VALUES (
    clock_timestamp(),
    TG_TABLE_NAME,
    coalesce(NEW."id", OLD."id"),
    CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,
    coalesce(NEW."version", OLD."version"),
    nullif(current_setting('${actorSetting}', true), ''),
    row_to_json(OLD),
    row_to_json(NEW));
  RETURN NULL;
END`;

/** Gives a record a new version when a change brings none: `ON DELETE SET NULL`, SQL by hand. */
const moveVersion = `
BEGIN
  IF NEW IS DISTINCT FROM OLD THEN
    NEW."version" := OLD."version" + 1;
    NEW."updatedAt" := date_trunc('milliseconds', clock_timestamp());
  END IF;
  RETURN NEW;
END`;

/**
 * The last `seq` up to which the log is complete. The order matters: a transaction that took a `seq` up to `last`
 * held its lock before the locks were read, and releases it only when its entries can be seen. The statement that reads
 * them comes afterwards, with a later snapshot.
 */
const completeTo = `
DECLARE
  last bigint := ${lastSeq};
BEGIN
  RETURN least(last, (
    SELECT min((classid::bigint << 32 | objid::bigint) & ((1::bigint << ${seqBits}) - 1))
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) >> ${seqBits} = ${lockBase} >> ${seqBits}));
END`;

/** A function with a search path of its own, so that it works under that of any session. */
export function functionDdl(
  name: string,
  returns: string,
  body: string,
  { options = '', parameters = '' }: { readonly options?: string; readonly parameters?: string } = {},
): string {
  return (
    `DO $do$ BEGIN EXECUTE format($format$CREATE FUNCTION "${name}"(${parameters}) RETURNS ${returns} LANGUAGE plpgsql ${options} ` +
    `SET search_path = %I, pg_temp AS %L$format$, current_schema(), $body$${body}$body$); END $do$`
  );
}

export const postgresChangeFunctions: readonly string[] = [
  functionDdl('_plinth_record_change', 'trigger', recordChange, { options: 'SECURITY DEFINER' }),
  functionDdl('_plinth_move_version', 'trigger', moveVersion),
  functionDdl('_plinth_changes_complete_to', 'bigint', completeTo, { options: 'VOLATILE' }),
];
