import type { Database } from '../database.ts';
import { createStatements } from './record-statements.ts';
import { createConflictFinder, type ConflictFinder } from './records-conflicts.ts';
import { createRecordLocker, type RecordLocker } from './records-lock.ts';
import { createRecordReader, type RecordReader } from './records-read.ts';
import { createRecordChanger, type RecordChanger } from './records-write.ts';

export type { Referrer } from './records-conflicts.ts';
export type { Condition, Page } from './records-read.ts';

/** Records of every collection: rows in, records out. The services above decide whether a caller may do it. */
export interface RecordsRepository extends RecordReader, RecordChanger, RecordLocker, ConflictFinder {}

export function createRecordsRepository(database: Database): RecordsRepository {
  const statements = createStatements(database);
  return {
    ...createRecordReader(database, statements),
    ...createRecordChanger(database, statements),
    ...createRecordLocker(database),
    ...createConflictFinder(database),
  };
}
