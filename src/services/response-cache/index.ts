export { createResponseCache, type RunningCache } from './create-cache.ts';
export { createReads, type CacheNote, type Reads } from './reads.ts';
