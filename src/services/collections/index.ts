export type * from './collections.ts';
export { createCollections } from './create-collections.ts';
export { checkGivenDefinitions, loadDefinitions } from './load.ts';
