import { hash } from 'node:crypto';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Database, Reader, Transaction } from '../database.ts';
import { statement } from './ddl.ts';

/** Each change of the definitions has the next number, and keeps it. */
const lastRevision = 'SELECT max("revision") AS "revision" FROM "_plinth_definitions"';
const revisionStatement = statement(lastRevision);

export const agreeFunction = '_plinth_agree';
/** SQLSTATE of a transaction that relies on definitions that are not in force any more. */
export const definitionsChangedState = 'PD001';

/**
 * Refuses a transaction under former definitions, at its end: the locks of its tables have kept a change away since it
 * first used them, so nothing was written in a form that is not in force. A serializable transaction does not see
 * commits since it began; it fails when it locks a row that the change has updated.
 */
export const agreeBody = `
BEGIN
  IF current_setting('transaction_isolation') = 'serializable' THEN
    PERFORM 1 FROM "_plinth_version" FOR SHARE;
  END IF;
  IF known IS DISTINCT FROM (${lastRevision}) THEN
    RAISE EXCEPTION 'the definitions have changed' USING ERRCODE = '${definitionsChangedState}';
  END IF;
  RETURN true;
END`;

/** Of the definitions in force; 0 before the first. */
export async function readRevision(reader: Reader): Promise<number> {
  const [row] = await reader.all<{ revision: number | null }>(revisionStatement);
  return row?.revision ?? 0;
}

/** Whether exactly these definitions were in force at some time. */
export async function wereInForce(
  reader: Reader,
  { build }: Pick<Database, 'build'>,
  definitions: readonly CollectionDefinition[],
): Promise<boolean> {
  const found = build
    .selectFrom('_plinth_definitions')
    .select('revision')
    .where('digest', '=', digestOf(definitions))
    .limit(1);
  return (await reader.all(found.compile())).length > 0;
}

export async function putRevision(
  transaction: Transaction,
  { build }: Pick<Database, 'build'>,
  definitions: readonly CollectionDefinition[],
): Promise<void> {
  const revision = (await readRevision(transaction)) + 1;
  const row = { revision, digest: digestOf(definitions) };
  await transaction.run(build.insertInto('_plinth_definitions').values(row).compile());
}

function digestOf(definitions: readonly CollectionDefinition[]): string {
  return hash('sha256', JSON.stringify(definitions), 'base64url');
}
