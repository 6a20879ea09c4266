import { anonymous } from '#domain/access/principal.ts';
import { normaliseEmail } from '#domain/access/email.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { validationFailed } from '#services/records/index.ts';
import { memberOf, membersOf, refusePasswordIn } from './bodies.ts';
import { carryDigits } from '#domain/json/digits.ts';
import type { JsonObject } from '#domain/json/value.ts';
import type { AuthDependencies } from './dependencies.ts';
import type { Origin } from './origin.ts';
import { signedInAs, type SignedIn } from './signed-in.ts';

/** A user, their credentials and their first session, all in one transaction. */
export function createRegister(
  dependencies: AuthDependencies,
): (body: unknown, origin: Origin) => Promise<SignedIn> {
  const { database, records, passwords, clock, settings, credentials, sessions, limit } = dependencies;
  const check = (candidate: JsonObject) => records.check(anonymous, usersName, candidate, 'create');

  async function register(body: unknown, origin: Origin): Promise<SignedIn> {
    if (settings.registration === 'closed') {
      throw new Problem('forbidden', { detail: 'Registration is closed on this server' });
    }
    const { candidate, password } = readRegistration(body, check);
    const hash = await passwords.hash(password);
    const { user, session } = await database.write(async (transaction) => {
      const { after: created } = await records.write(
        { kind: 'create', collection: usersName, body: candidate },
        { principal: anonymous, isAuthorised: true, within: { transaction, findAllConflicts: true } },
      );
      await credentials.put(transaction, created.id, hash, clock.now().toISOString());
      return { user: created, session: await sessions.open(transaction, created.id, origin) };
    });
    return signedInAs(dependencies, user, session);
  }

  return (body, origin) =>
    limit.attempt({ account: memberOf(body, 'email'), at: 'registration', origin }, () =>
      register(body, origin),
    );
}

/** Reads `{ email, password, …own properties }`. Throws `validation_failed` with all that is wrong, not the first. */
function readRegistration(body: unknown, check: (candidate: JsonObject) => readonly FieldError[]) {
  const members = membersOf(body);
  const { password, role, verified, ...own } = members;
  const address = typeof own.email === 'string' ? normaliseEmail(own.email) : null;
  const candidate = address === null ? own : { ...own, email: address };
  carryDigits(members, candidate);
  const errors = [...check(candidate), ...refusePasswordIn({ password }, 'password', address)];
  if (address === null && !errors.some(({ pointer }) => pointer === '/email')) {
    errors.push({ pointer: '/email', code: 'format', detail: 'must be an email address' });
  }
  for (const [name, value] of Object.entries({ role, verified })) {
    if (value !== undefined)
      errors.push({ pointer: `/${name}`, code: 'readOnly', detail: 'is set by admins only' });
  }
  if (errors.length > 0) throw validationFailed(errors);
  return { candidate, password: password as string };
}
