export type * from './collections.ts';
