import { normaliseEmail } from '#domain/access/email.ts';
import { systemPrincipal, type SignedInPrincipal } from '#domain/access/principal.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { refusePassword } from '#platform/passwords.ts';
import { validationFailed, type PresentedRecord } from '#services/records/index.ts';
import { memberOf, readTexts } from './bodies.ts';
import type { AuthDependencies } from './dependencies.ts';
import type { Origin } from './origin.ts';
import { wrongPassword } from './password.ts';

/**
 * Sets another address, given the password. `verified` falls, since the new one has not been verified, and every other
 * session of the user ends. The address that the account has already is no change.
 */
export function createChangeEmail(dependencies: AuthDependencies) {
  const { database, records, passwords, clock, credentials, sessions, sessionCache, limit } = dependencies;

  async function change(principal: SignedInPrincipal, body: unknown): Promise<PresentedRecord> {
    const { id } = principal.user;
    const { email, password } = readChange(body);
    const stored = await database.read((reader) => credentials.find(reader, id));
    const { matches } = await passwords.verify(password, stored?.hash ?? null);
    if (!stored?.hash || !matches) throw wrongPassword();
    const { hash } = stored;
    const user = await records.transact({ principal, collections: [usersName] }, async (within) => {
      const { transaction } = within;
      const now = clock.now().toISOString();
      // The password may have been changed since it was verified.
      const isCurrent = await credentials.exchange(transaction, {
        userId: id,
        expected: hash,
        next: hash,
        now,
      });
      const before = isCurrent ? await dependencies.findUser(transaction, id) : undefined;
      if (before === undefined) throw wrongPassword();
      if (before.email === email) return before;
      await sessions.stored.removeAllOf(transaction, id, { except: principal.credential.id });
      const change = { kind: 'update', collection: usersName, id, body: { email, verified: false } } as const;
      return (await records.write(change, { principal: systemPrincipal, within })).after;
    });
    sessionCache.invalidateUsers(new Set([id]));
    return records.present({ ...principal, user }, usersName, user);
  }

  return (
    principal: SignedInPrincipal,
    body: unknown,
    origin: Pick<Origin, 'address' | 'meter'> = { address: '' },
  ): Promise<PresentedRecord> => {
    const { id, email } = principal.user;
    const tried = memberOf(body, 'email');
    return limit.attempt({ account: email, at: 'password', origin }, () =>
      limit.attempt({ account: id, at: 'change', origin }, () =>
        limit.attempt({ account: tried, at: 'registration', origin }, () => change(principal, body)),
      ),
    );
  };
}

/** Reads `{ password, email }`, the address in its normal form. Throws `validation_failed`. */
function readChange(body: unknown): { readonly email: string; readonly password: string } {
  const { password, email } = readTexts(body, ['password', 'email']);
  const address = normaliseEmail(email);
  if (address === null) {
    throw validationFailed([{ pointer: '/email', code: 'format', detail: 'must be an email address' }]);
  }
  if (refusePassword(password, address)?.code === 'address') {
    throw validationFailed([{ pointer: '/email', code: 'password', detail: 'must not be the password' }]);
  }
  return { email: address, password };
}
