import type { StoredRecord } from '#domain/collections/model.ts';

/** `system` is Plinth itself: the command line, start-up, imports. It belongs to no user and passes every rule. */
export type Role = 'anonymous' | 'user' | 'admin' | 'system';

/** An access token: its session can be ended. */
export interface SessionCredential {
  readonly kind: 'session';
  readonly id: string;
}

/** A key that a program authenticates with, limited to its scopes. It has no session. */
export interface ApiKeyCredential {
  readonly kind: 'apiKey';
  readonly id: string;
  readonly scopes: readonly string[];
}

/** The credential that authenticated a principal; `none` for anonymous requests and for Plinth itself. */
export type Credential = SessionCredential | ApiKeyCredential | { readonly kind: 'none' };

/** The principal that an operation is executed for. `user` is the whole record of `users`, as rules see it. */
export interface Principal {
  readonly user: StoredRecord | null;
  readonly role: Role;
  readonly credential: Credential;
}

/** A user who has signed in. Operations on a session, such as signing out, take no other principal. */
export interface SignedInPrincipal extends Principal {
  readonly user: StoredRecord;
  readonly credential: SessionCredential;
}

const none = { kind: 'none' } as const;

export const anonymous: Principal = { user: null, role: 'anonymous', credential: none };

/** The principal of the command line, and of everything that Plinth does of its own accord. */
export const systemPrincipal: Principal = { user: null, role: 'system', credential: none };

/** A user, with the credential that the request bore. */
export function principalOf<Given extends Credential>(
  user: StoredRecord,
  credential: Given,
): Principal & { readonly user: StoredRecord; readonly credential: Given } {
  return { user, role: user.role === 'admin' ? 'admin' : 'user', credential };
}

/** Whether a principal passes every rule and sees private properties. Nothing else decides this. */
export function bypassesRules({ role }: Principal): boolean {
  return role === 'admin' || role === 'system';
}

/** Whether a principal is signed in with a session, and not with an API key. */
export function isSignedIn(principal: Principal): principal is SignedInPrincipal {
  return principal.user !== null && principal.credential.kind === 'session';
}

/** The id of the user, or of the key, on whose behalf something is done; undefined where nobody is known. */
export function actorOf({ user, credential }: Principal): string | undefined {
  return credential.kind === 'apiKey' ? credential.id : user?.id;
}
