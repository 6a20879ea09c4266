import { normaliseEmail } from '#domain/access/email.ts';
import { Problem } from '#domain/errors/problem.ts';
import { memberOf, readTexts } from './bodies.ts';
import type { AuthDependencies } from './dependencies.ts';
import type { Origin } from './origin.ts';
import { signedInAs, type SignedIn } from './signed-in.ts';

/** The same query and the same hashing, whether the address is known, has a password, or could not be an address. */
export function createLogin(
  dependencies: AuthDependencies,
): (body: unknown, origin: Origin) => Promise<SignedIn> {
  const { database, passwords, clock, credentials, sessions, limit, findUser } = dependencies;

  async function login(body: unknown, origin: Origin): Promise<SignedIn> {
    const { email, password } = readTexts(body, ['email', 'password']);
    const address = normaliseEmail(email) ?? '';
    const stored = await database.read((reader) => credentials.findByEmail(reader, address));
    const verdict = await passwords.verify(password, stored?.hash ?? null);
    if (!stored?.hash || !verdict.matches) throw new Problem('invalid_credentials');
    const { userId, hash: expected } = stored;
    const next = verdict.outdated ? await passwords.hash(password) : expected;
    const signedIn = await database.write(async (transaction) => {
      // Since it was read the password may have been changed, which ends sessions: this one must not slip through.
      const now = clock.now().toISOString();
      if (!(await credentials.exchange(transaction, { userId, expected, next, now }))) return null;
      const user = await findUser(transaction, userId);
      return user && { user, session: await sessions.open(transaction, userId, origin) };
    });
    if (!signedIn) throw new Problem('invalid_credentials');
    return signedInAs(dependencies, signedIn.user, signedIn.session);
  }

  return (body, origin) =>
    limit.attempt({ account: memberOf(body, 'email'), at: 'password', origin }, () => login(body, origin));
}
