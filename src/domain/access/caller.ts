import type { StoredRecord } from '#domain/collections/model.ts';

/** Who a request acts for. `user` is the whole record of `users`, as rules see it. */
export interface Caller {
  readonly user: StoredRecord | null;
  /** `user.role == "admin"`, or the command line. An admin passes every rule and sees private properties. */
  readonly admin: boolean;
}

export const anonymous: Caller = { user: null, admin: false };

/** The command line on the machine itself. */
export const systemCaller: Caller = { user: null, admin: true };

export function callerOf(user: StoredRecord): Caller {
  return { user, admin: user.role === 'admin' };
}
