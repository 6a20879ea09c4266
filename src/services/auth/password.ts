import type { SignedInPrincipal } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import { validationFailed } from '#services/records/index.ts';
import { readTexts, refusePasswordIn } from './bodies.ts';
import type { AuthDependencies } from './dependencies.ts';
import type { Origin } from './origin.ts';

/** Sets another password, given the current one, and ends every other session of the user. */
export function createChangePassword(dependencies: AuthDependencies) {
  const { database, passwords, clock, credentials, sessions, sessionCache, limit } = dependencies;

  async function change(principal: SignedInPrincipal, body: unknown): Promise<void> {
    const userId = principal.user.id;
    const texts = readTexts(body, ['current', 'new']);
    const errors = refusePasswordIn(texts, 'new', principal.user.email as string);
    if (errors.length > 0) throw validationFailed(errors);
    const stored = await database.read((reader) => credentials.find(reader, userId));
    const { matches } = await passwords.verify(texts.current, stored?.hash ?? null);
    if (!stored?.hash || !matches) throw wrongPassword();
    const change = { userId, expected: stored.hash, next: await passwords.hash(texts.new) };
    const changed = await database.write(async (transaction) => {
      if (!(await credentials.exchange(transaction, { ...change, now: clock.now().toISOString() })))
        return false;
      await sessions.stored.removeAllOf(transaction, userId, { except: principal.credential.id });
      return true;
    });
    sessionCache.invalidateUsers(new Set([userId]));
    // It was changed meanwhile: the password that was sent is no longer the current one.
    if (!changed) throw wrongPassword();
  }

  return (
    principal: SignedInPrincipal,
    body: unknown,
    origin: Pick<Origin, 'address' | 'meter'> = { address: '' },
  ): Promise<void> =>
    limit.attempt({ account: principal.user.email, at: 'password', origin }, () => change(principal, body));
}

/** 401 `invalid_credentials`, for a current password that does not match. */
export function wrongPassword(): Problem {
  return new Problem('invalid_credentials', { detail: 'The current password is wrong' });
}
