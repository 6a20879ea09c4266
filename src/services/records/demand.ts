import type { Demand } from '#data/index.ts';
import type { Principal } from '#domain/access/principal.ts';

/** Signed-in callers share with nobody; the others share among themselves. */
export function demandOf({ user }: Principal, collection: string): Demand {
  return { collection, caller: user?.id };
}
