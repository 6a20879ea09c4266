export type * from './collections.ts';
export { createCollections } from './create-collections.ts';
export { loadDefinitions } from './load.ts';
