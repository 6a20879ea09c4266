import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { ada, home, openAuth, registerAda, users } from './fixture.ts';

/** `users` with another `nickname`: on SQLite, tables that change like this are made anew and copied. */
function withNickname(nickname: CollectionDefinition['properties'][string]): CollectionDefinition[] {
  return [{ ...users, properties: { ...users.properties, nickname } }];
}

eachDatabase((kind) => {
  test('a change of the users collection keeps passwords, sessions and refresh tokens', async () => {
    const { auth, collections } = await openAuth(kind);
    const { accessToken, refreshToken } = await registerAda(auth);
    for (const nickname of [
      { type: 'string', maxLength: 200, unique: true },
      { enum: ['Countess', 'Baroness'] },
      { type: ['integer', 'string'] },
      { reference: 'users', onDelete: 'setNull' },
    ] as const) {
      await collections.apply(withNickname(nickname), { allowDestructive: true });
      await auth.login(ada, home);
      assert.equal((await auth.authenticate(accessToken)).user.email, ada.email);
    }
    const next = await auth.refresh({ refreshToken });
    const principal = await auth.authenticate(next.accessToken);
    assert.equal((await auth.sessions(principal)).length, 5);
    await auth.administration.remove(ada.email);
    await auth.register(ada, home);
  });
});
