import type { Caller } from '#domain/access/caller.ts';
import type { PresentedRecord } from '#services/records/index.ts';

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: 'Bearer';
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

export type SignedIn = TokenPair & { readonly user: PresentedRecord };

/** Where a request comes from, kept with the session. */
export interface Origin {
  readonly address: string;
  readonly agent: string | null;
}

/** A caller with the session that the access token belongs to. */
export interface SignedInCaller extends Caller {
  readonly sessionId: string;
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

/** Identity (contract, section 5). Throws Problem. */
export interface AuthService {
  register(body: unknown, origin: Origin): Promise<SignedIn>;
  login(body: unknown, origin: Origin): Promise<SignedIn>;
  refresh(body: unknown, origin: Origin): Promise<TokenPair & { user: PresentedRecord }>;
  logout(caller: SignedInCaller): Promise<void>;
  me(caller: SignedInCaller): Promise<PresentedRecord>;
  updateMe(caller: SignedInCaller, patch: unknown): Promise<PresentedRecord>;
  changePassword(caller: SignedInCaller, body: unknown): Promise<void>;
  sessions(caller: SignedInCaller): Promise<readonly SessionView[]>;
  endSession(caller: SignedInCaller, id: string): Promise<void>;
  /**
   * The caller behind an access token; constant work, no database query while the session was checked in the last
   * few seconds. Throws `unauthenticated` or `token_expired`.
   */
  authenticate(accessToken: string): Promise<SignedInCaller>;
  /** What may be done from the command line and at start. Throws Refusal. */
  readonly administration: UserAdministration;
}

export interface UserAdministration {
  create(user: { email: string; password: string; role?: string }): Promise<UserSummary>;
  list(): Promise<readonly UserSummary[]>;
  setRole(email: string, role: string): Promise<UserSummary>;
  setPassword(email: string, password: string): Promise<void>;
  remove(email: string): Promise<void>;
  /** ADMIN_EMAIL and ADMIN_PASSWORD: made if that user does not exist; true if it was made. */
  ensureAdmin(email: string, password: string): Promise<boolean>;
}
