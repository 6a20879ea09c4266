export type { ChangeNotice, ChangesService } from './changes.ts';
export { createChanges } from './create-changes.ts';
export { createRedisWake } from './redis-wake.ts';
