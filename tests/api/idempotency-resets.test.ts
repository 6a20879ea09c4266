import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { startApp, type TestApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';
import { RawConnection } from '../support/raw-http.ts';

const orders: CollectionDefinition = {
  name: 'orders',
  properties: { item: { type: 'string' } },
  rules: { list: 'true', read: 'true', create: 'true' },
};

eachDatabase((database) => {
  let app: TestApp;
  before(async () => {
    app = await startApp({ database: await database.createUrl(), collections: [orders] });
  });

  async function countOf(item: string): Promise<unknown> {
    const filter = encodeURIComponent(`item == "${item}"`);
    return (await app.send('GET', `/v1/orders?count=exact&filter=${filter}`)).body.total;
  }

  test('a write of somebody anonymous whose connection was reset is carried out once', async () => {
    const { port } = app.app;
    for (let round = 0; round < 20; round++) {
      const [key, item] = [`key-${round}`, `item ${round}`];
      const body = JSON.stringify({ item });
      const head = `POST /v1/orders HTTP/1.1\r\nHost: x\r\nIdempotency-Key: ${key}\r\nContent-Type: application/json\r\n`;
      const connection = await RawConnection.open(port);
      connection.socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`, () =>
        connection.socket.resetAndDestroy(),
      );
      await connection.rest();
      const again = () =>
        fetch(`http://127.0.0.1:${port}/v1/orders`, {
          method: 'POST',
          headers: { 'idempotency-key': key, 'content-type': 'application/json' },
          body,
        });
      let answer = await again();
      // The first one may still be under way, or be given up since its client has left.
      while (answer.status === 409) answer = await again();
      assert.equal(answer.status, 201, await answer.text());
      assert.equal(await countOf(item), 1, item);
    }
  });
});
