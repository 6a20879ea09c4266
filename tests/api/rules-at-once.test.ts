import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';

const rounds = 20;
/** An owner may leave as long as another one stays. */
const stays = 'members.exists(m, m.team == record.team && m.owner && m.user != record.user)';
const properties = {
  team: { type: 'string' },
  user: { reference: 'users' },
  owner: { type: 'boolean' },
} as const;

eachDatabase((kind) => {
  const ways = {
    'by DELETE': (path: string) => ['DELETE', path, {}] as const,
    'by PATCH': (path: string) => ['PATCH', path, { body: { owner: false } }] as const,
    'in a batch': (path: string) =>
      ['POST', '/batch', { body: { operations: [{ method: 'DELETE', path }] } }] as const,
    'with a key': (path: string) => ['DELETE', path, { headers: { 'idempotency-key': path } }] as const,
  };
  for (const [way, requestOf] of Object.entries(ways)) {
    test(`of two owners who leave ${way} at the same moment, one stays`, async (t) => {
      const app = await startApp({
        database: await kind.createUrl(),
        collections: [
          {
            name: 'members',
            properties,
            rules: {
              read: 'user != null',
              update: `record.user == user.id && (record.owner || ${stays})`,
              delete: `record.user == user.id && ${stays}`,
            },
          },
        ],
      });
      t.after(() => app.close());
      const admin = await app.signUpAdmin();
      const people = [await app.signUp(), await app.signUp()];
      const outcomes = new Map<string, number>();
      for (let round = 0; round < rounds; round++) {
        const team = `team-${round}`;
        const memberships = await Promise.all(
          people.map(async ({ user }) => {
            const body = { team, user: user.id, owner: true };
            return (await app.send('POST', '/v1/members', { token: admin.token, body })).body.id;
          }),
        );
        const statuses = await Promise.all(
          people.map(async ({ token }, index) => {
            const [method, path, sent] = requestOf(`/v1/members/${String(memberships[index])}`);
            return (await app.send(method, path, { token, ...sent })).status;
          }),
        );
        const outcome = statuses
          .map((status) => (status < 300 ? 'left' : String(status)))
          .toSorted()
          .join();
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      assert.deepEqual(Object.fromEntries(outcomes), { '403,left': rounds });
    });
  }
});
