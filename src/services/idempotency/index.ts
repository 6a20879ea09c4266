export { createIdempotency } from './create-idempotency.ts';
export type * from './idempotency.ts';
