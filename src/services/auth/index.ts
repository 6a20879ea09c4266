export type * from './auth.ts';
export { createAuth } from './create-auth.ts';
