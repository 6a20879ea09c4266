import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalOf, systemPrincipal, type Principal } from '#domain/access/principal.ts';
import type { Change } from '#domain/changes.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openServices } from '../../support/plinth/services.ts';

const rules = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };
const definitions: readonly CollectionDefinition[] = [
  {
    name: 'notes',
    properties: { title: { type: 'string', maxLength: 9 }, code: { type: 'string', unique: true } },
    rules,
  },
];

const chosenId = '019b0000-0000-7000-8000-000000000001';
const userId = '019b0000-0000-7000-8000-00000000aaaa';
const keyId = '019b0000-0000-7000-8000-00000000cccc';
const user = { id: userId, role: 'user' } as unknown as StoredRecord;
const signedIn: Principal = principalOf(user, {
  kind: 'session',
  id: '019b0000-0000-7000-8000-00000000bbbb',
});
const byKey: Principal = principalOf(user, { kind: 'apiKey', id: keyId, scopes: [] });
const nothing = new Map<string, string>();
const none: readonly string[] = [];

eachDatabase((kind) => {
  async function open() {
    const services = await openServices(kind, { definitions });
    let position = await services.changes.position();
    /** What was logged since the last call: `kind collection version actor`. */
    async function logged(): Promise<readonly string[]> {
      const page = await services.changes.read(position, { limit: 100 });
      assert.ok(page);
      position = page.next;
      return page.changes.map(told);
    }
    return { ...services, logged };
  }
  const told = ({ kind: change, collection, version, actor }: Change) =>
    `${change} ${collection} ${version} ${actor}`;

  test('each kind of operation is one entry, for the user or the key that asked', async () => {
    const { records, logged } = await open();
    const { id } = await records.create(signedIn, 'notes', { title: 'a' }, nothing);
    assert.deepEqual(await logged(), [`create notes 1 ${userId}`]);
    await records.update(byKey, 'notes', id, { title: 'b' }, nothing);
    assert.deepEqual(await logged(), [`update notes 2 ${keyId}`]);
    await records.replace(systemPrincipal, 'notes', id, { title: 'c' }, nothing);
    assert.deepEqual(await logged(), ['update notes 3 null']);
    await records.replace(signedIn, 'notes', chosenId, { title: 'd' }, nothing);
    assert.deepEqual(await logged(), [`create notes 1 ${userId}`]);
    await records.remove(signedIn, 'notes', id);
    assert.deepEqual(await logged(), [`delete notes 3 ${userId}`]);
  });

  test('a batch is an entry for each of its writes, or none when it fails', async () => {
    const { records, logged } = await open();
    const create = { method: 'POST', path: '/v1/notes', body: { title: 'a' } };
    const change = { method: 'PATCH', path: '/v1/notes/$0.id', body: { title: 'b' } };
    const remove = { method: 'DELETE', path: '/v1/notes/$0.id' };
    await records.batch(signedIn, { operations: [create, change, remove] });
    const by = ` ${userId}`;
    assert.deepEqual(await logged(), [`create notes 1${by}`, `update notes 2${by}`, `delete notes 2${by}`]);
    const refused = { ...create, body: { title: 'longer than nine' } };
    await assert.rejects(records.batch(signedIn, { operations: [create, change, refused] }));
    assert.deepEqual(await logged(), none);
  });

  test('what is refused is none: an invalid body, a record that is not there, a value that is taken', async () => {
    const { records, logged } = await open();
    await records.create(signedIn, 'notes', { code: 'taken' }, nothing);
    await logged();
    await assert.rejects(records.create(signedIn, 'notes', { title: 'longer than nine' }, nothing));
    await assert.rejects(records.update(signedIn, 'notes', chosenId, { title: 'a' }, nothing));
    await assert.rejects(records.create(signedIn, 'notes', { code: 'taken' }, nothing));
    assert.deepEqual(await logged(), none);
  });

  test('a request that is sent again is one entry', async () => {
    const { idempotency, logged } = await open();
    const request = {
      principal: signedIn,
      address: '192.0.2.1',
      key: 'k',
      method: 'POST',
      target: '/v1/notes',
      body: Buffer.from('{}'),
      requestId: 'r',
    };
    const send = () =>
      idempotency.execute(request, () => ({
        kind: 'create',
        collection: 'notes',
        body: { title: 'a' },
        query: nothing,
      }));
    await send();
    assert.deepEqual(await logged(), [`create notes 1 ${userId}`]);
    await send();
    assert.deepEqual(await logged(), none);
  });

  test('an import is an entry for each row, and none for a trial or for one that is taken back', async () => {
    const { transfer, logged } = await open();
    const importing = (text: string, more: object = {}) =>
      transfer.import({
        collection: 'notes',
        format: 'ndjson',
        // eslint-disable-next-line typescript/require-await
        open: async function* () {
          yield Buffer.from(text);
        },
        ...more,
      });
    await importing('{"title":"a"}\n{"title":"b"}\n');
    assert.deepEqual(await logged(), ['create notes 1 null', 'create notes 1 null']);
    await importing('{"title":"a"}\n', { dryRun: true });
    await importing('{"title":"a"}\n{"title":5}\n');
    assert.deepEqual(await logged(), none);
  });

  test('users are logged like all records: registered, changed by themselves and by operators', async () => {
    const { auth, logged } = await open();
    const ada = { email: 'ada@example.com', password: 'correct horse' };
    const { accessToken } = await auth.register(ada, { address: '192.0.2.1', agent: null });
    assert.deepEqual(await logged(), ['create users 1 null']);
    const principal = await auth.authenticate(accessToken);
    await auth.updateMe(principal, {});
    assert.deepEqual(await logged(), [`update users 2 ${principal.user.id}`]);
    await auth.administration.setRole(ada.email, 'admin');
    await auth.administration.setPassword(ada.email, 'battery staple');
    assert.deepEqual(await logged(), ['update users 3 null']);
    await auth.administration.remove(ada.email);
    assert.deepEqual(await logged(), ['delete users 3 null']);
  });
});
