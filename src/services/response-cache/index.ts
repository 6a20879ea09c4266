export { createResponseCache, type RunningCache } from './create-cache.ts';
export { createReadThrough } from './read-through.ts';
