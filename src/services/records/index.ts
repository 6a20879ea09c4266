export { createRecords } from './create-records.ts';
export { pointerTo, report, validationFailed } from './field-errors.ts';
export type { RecordsOptions } from './context.ts';
export type * from './records.ts';
