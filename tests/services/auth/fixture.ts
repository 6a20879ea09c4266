import assert from 'node:assert/strict';
import { usersDefinition } from '#domain/collections/built-in/users.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { AuthService } from '#services/auth/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { openServices, type OpenServices, type ServicesOptions } from '../../support/plinth/services.ts';

export const ada = { email: 'ada@example.com', password: 'correct horse' };
export const home = { address: '192.0.2.1', agent: 'test' };

/** `users` with two properties of their own. */
export const users: CollectionDefinition = {
  ...usersDefinition,
  properties: {
    ...usersDefinition.properties,
    nickname: { type: 'string', minLength: 2, maxLength: 20 },
    secret: { type: 'string', private: true },
  },
};

/** The services with `users` alone, unless other definitions are given. */
export function openAuth(kind: TestDatabase, options: ServicesOptions = {}): Promise<OpenServices> {
  return openServices(kind, { definitions: [users], ...options });
}

/** For `assert.rejects`: a Problem of this code, with exactly these errors by pointer and code. */
export function problem(code: string, errors?: Readonly<Record<string, string>>) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof Problem, `a Problem, not ${String(error)}`);
    assert.equal(error.code, code);
    if (errors !== undefined) {
      const found = (error.details.errors ?? []).map((one) => [one.pointer, one.code]);
      assert.deepEqual(Object.fromEntries(found), errors);
      assert.equal(found.length, Object.keys(errors).length, 'each place once');
    }
    return true;
  };
}

/** Registers Ada and gives her pair of tokens with her caller. */
export async function registerAda(auth: AuthService) {
  const pair = await auth.register(ada, home);
  return { ...pair, principal: await auth.authenticate(pair.accessToken) };
}
