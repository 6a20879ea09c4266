export type * from './auth.ts';
export type { AttemptMeter, Origin } from './origin.ts';
export { createAuth } from './create-auth.ts';
