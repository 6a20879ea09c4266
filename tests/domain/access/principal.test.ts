import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anonymous,
  bypassesRules,
  isSignedIn,
  principalOf,
  systemPrincipal,
  type ApiKeyCredential,
  type SignedInPrincipal,
} from '#domain/access/principal.ts';
import type { AuthService } from '#services/auth/index.ts';

const user = (role: string) => ({ id: 'u', createdAt: '', updatedAt: '', version: 1, role });
const session = { kind: 'session', id: 's' } as const;
const apiKey: ApiKeyCredential = { kind: 'apiKey', id: 'k', scopes: [] };

test('admins and Plinth itself pass every rule, and nobody else does', () => {
  assert.equal(bypassesRules(principalOf(user('admin'), session)), true);
  assert.equal(bypassesRules(systemPrincipal), true);
  assert.equal(bypassesRules(anonymous), false);
  for (const role of ['user', 'editor', 'system', 'Admin', 'anonymous'])
    assert.equal(bypassesRules(principalOf(user(role), session)), false, role);
});

test('only a user with a session is signed in', () => {
  assert.equal(isSignedIn(principalOf(user('user'), session)), true);
  assert.equal(isSignedIn(principalOf(user('user'), apiKey)), false);
  assert.equal(isSignedIn(anonymous), false);
  assert.equal(isSignedIn(systemPrincipal), false);
});

test('what concerns a session takes no principal of an API key: it does not compile', () => {
  const byKey = principalOf(user('user'), apiKey);
  const logout = (auth: AuthService) => [
    auth.logout(principalOf(user('user'), session)),
    // @ts-expect-error an API key has no session to end
    auth.logout(byKey),
  ];
  // @ts-expect-error nor is it one by another name
  const signedIn: SignedInPrincipal = byKey;
  assert.equal(isSignedIn(signedIn), false);
  assert.equal(typeof logout, 'function');
});
