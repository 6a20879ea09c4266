export type * from './auth.ts';
export { createAuth, type AuthOptions } from './create-auth.ts';
