import type { SignedInPrincipal } from '#domain/access/principal.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { PresentedRecord } from '#services/records/index.ts';
import type { Origin } from './origin.ts';

/** The answer to registering, signing in and refreshing (RFC 6749, 5.1, in our spelling). */
export interface SignedIn {
  readonly user: PresentedRecord;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: 'Bearer';
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

export interface SessionView {
  readonly id: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly address: string;
  readonly agent: string | null;
  readonly current: boolean;
}

export interface UserSummary {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly verified: boolean;
  readonly createdAt: string;
}

/** Identity. Throws Problem; `rate_limited` where the origin of a request has a meter. */
export interface AuthService extends Lifecycle {
  /** `{ email, password, …own properties }`. `forbidden` when registration is closed, `conflict` for a taken address. */
  register(body: unknown, origin: Origin): Promise<SignedIn>;
  /** `{ email, password }`. `invalid_credentials`, alike in body and time whether the address is known or not. */
  login(body: unknown, origin: Origin): Promise<SignedIn>;
  /** `{ refreshToken }`: a new pair. `unauthenticated` for one that is not good (any more). */
  refresh(body: unknown, origin?: Pick<Origin, 'meter'>): Promise<SignedIn>;
  logout(principal: SignedInPrincipal): Promise<void>;
  me(principal: SignedInPrincipal): Promise<PresentedRecord>;
  /** A merge patch of the properties that the `users` file adds, under the collection's own rules. */
  updateMe(principal: SignedInPrincipal, patch: unknown): Promise<PresentedRecord>;
  /** `{ current, new }`; every other session is ended. `invalid_credentials` when `current` is wrong. */
  changePassword(
    principal: SignedInPrincipal,
    body: unknown,
    origin?: Pick<Origin, 'address' | 'meter'>,
  ): Promise<void>;
  /**
   * `{ password, email }`: the user as they are now. `verified` falls and every other session is ended.
   * `invalid_credentials` for a wrong password, `conflict` for a taken address.
   */
  changeEmail(
    principal: SignedInPrincipal,
    body: unknown,
    origin?: Pick<Origin, 'address' | 'meter'>,
  ): Promise<PresentedRecord>;
  /** The principal's own, last used first. */
  sessions(principal: SignedInPrincipal): Promise<readonly SessionView[]>;
  /** One of the principal's own; `not_found` for any other. */
  endSession(principal: SignedInPrincipal, id: string): Promise<void>;
  /**
   * The user behind an access token, with its session; constant work, no database query while the session was checked in the last
   * few seconds. Throws `unauthenticated` or `token_expired`.
   */
  authenticate(accessToken: string): Promise<SignedInPrincipal>;
  /** What operators do, from the command line and at start. Throws `unknown_user`, `user_exists` or `invalid_user`. */
  readonly administration: UserAdministration;
  /** Begins to remove expired sessions, now and every ten minutes. */
  start(): void;
  stop(): Promise<void>;
}

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly role?: string;
  /** Values of properties that the users file adds. */
  readonly own?: Readonly<Record<string, unknown>>;
}

export interface UserAdministration {
  create(user: NewUser): Promise<UserSummary>;
  /** All users, by address. */
  list(): Promise<readonly UserSummary[]>;
  setRole(email: string, role: string): Promise<UserSummary>;
  /** Every session of the user is ended. */
  setPassword(email: string, password: string): Promise<void>;
  remove(email: string): Promise<void>;
  /** ADMIN_EMAIL and ADMIN_PASSWORD: made if that user does not exist; true if it was made. */
  ensureAdmin(email: string, password: string): Promise<boolean>;
}
