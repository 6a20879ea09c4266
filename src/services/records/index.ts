export { createRecords } from './create-records.ts';
export type { RecordsOptions } from './parts.ts';
export type * from './records.ts';
