export type * from './auth.ts';
