import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { ImportReport } from '#services/transfer/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openTransfer, type TransferFixture } from './fixture.ts';

const definitions: CollectionDefinition[] = [
  {
    name: 'shelves',
    properties: {
      code: { type: 'string', maxLength: 20, unique: true },
      maker: { type: 'string', readOnly: true },
    },
    required: ['code'],
  },
  {
    name: 'books',
    properties: {
      isbn: { type: 'string', minLength: 3, maxLength: 20, unique: true },
      title: { type: 'string' },
      pages: { type: 'integer', default: 1 },
      level: { type: 'integer', default: 3 },
      lentAt: { type: 'string', format: 'date-time' },
      extra: { type: 'object' },
      shelf: { reference: 'shelves' },
      next: { reference: 'books' },
    },
    required: ['isbn', 'level'],
  },
];

const idOf = (digit: number) => `01890000-0000-7000-8000-00000000000${digit}`;

eachDatabase((database) => {
  let fixture: TransferFixture;
  const open = async () => (fixture = await openTransfer(database, definitions));
  const books = (query: Record<string, string> = {}) => fixture.list('books', query);
  const counts = ({ created, updated, unchanged, skipped, invalid }: ImportReport) =>
    ({ created, updated, unchanged, skipped, invalid }); // prettier-ignore
  const none = { created: 0, updated: 0, unchanged: 0, skipped: 0, invalid: 0 };
  const update = { onConflict: 'update', key: ['isbn'] } as const;

  describe('an import', () => {
    before(open);

    test('is all or nothing: one bad row, and nothing is there', async () => {
      const report = await fixture.importText('books', 'isbn,title\n111,one\n2,two\n333,three\n111,again\n');
      assert.deepEqual(counts(report), { ...none, created: 2, invalid: 2 });
      assert.equal(report.committed, false);
      assert.deepEqual(
        report.errors.map(({ line, pointer, code }) => [line, pointer, code]),
        [
          [3, '/isbn', 'minLength'],
          [5, '/isbn', 'unique'],
        ],
      );
      assert.deepEqual(await books(), []);
    });

    test('keeps the good rows with skipInvalid, whatever made the others bad', async () => {
      const text = `isbn,title,shelf\n111,one,\n2,two,\n111,again,\n444,four,${idOf(9)}\n555,five,\n`;
      const report = await fixture.importText('books', text, { skipInvalid: true });
      assert.deepEqual(counts(report), { ...none, created: 2, invalid: 3 });
      assert.deepEqual(
        report.errors.map(({ line, code }) => [line, code]),
        [
          [3, 'minLength'],
          [4, 'unique'],
          [5, 'reference'],
        ],
      );
      assert.deepEqual((await books()).map(({ isbn }) => isbn), ['111', '555']); // prettier-ignore
    });

    test('leaves no trace of a dry run, and reports as if there were one', async () => {
      const report = await fixture.importText('books', 'isbn\n666\n7\n', { dryRun: true, skipInvalid: true });
      assert.deepEqual(counts(report), { ...none, created: 1, invalid: 1 });
      assert.equal(report.committed, false);
      assert.equal((await books()).length, 2);
    });

    test('says what cannot be asked of it before it reads a row', async () => {
      const refused = (text: string, options: object, reason: RegExp, collection = 'books') =>
        assert.rejects(fixture.importText(collection, text, options), {
          code: collection === 'bocks' ? 'unknown_collection' : 'invalid_import',
          message: reason,
        });
      await refused('isbn\n', {}, /no collection "bocks"\. Did you mean books\?/, 'bocks');
      await refused('email\n', {}, /Users cannot be imported/, 'users');
      await refused('isbm\n', {}, /"isbm" is no property of books \(did you mean isbn\?\)/);
      await refused('isbn\n', { key: ['title'] }, /cannot be the key/);
      await refused('isbn\n', { lookups: new Map([['title', 'code']]) }, /no reference of books/);
      await refused('isbn\n', { lookups: new Map([['shelf', 'maker']]) }, /cannot be the key/);
      await refused('isbn\n', { dateFormat: 'soon' }, /no date format/);
    });

    test('tells names of JSON rows that are no property, row by row', async () => {
      const report = await fixture.importText('books', '{"isbn":"777"}\n{"isbn":"888","titel":"x"}\n', {
        format: 'ndjson',
      });
      assert.equal(report.invalid, 1);
      const [error] = report.errors;
      assert.deepEqual([error?.line, error?.pointer, error?.code], [2, '/titel', 'unknown']);
      assert.match(error?.detail ?? '', /did you mean title\?/);
    });

    test('stops where the file cannot be read any further, and says so', async () => {
      const text = 'isbn,title\n901,a\n902,"b\n903,c\n';
      const strict = await fixture.importText('books', text);
      assert.deepEqual([strict.committed, strict.unreadableFrom], [false, 3]);
      const skipping = await fixture.importText('books', text, { skipInvalid: true });
      assert.deepEqual([skipping.committed, skipping.created, skipping.unreadableFrom], [true, 1, 3]);
    });
  });

  describe('an import over records that are there', () => {
    before(async () => {
      await open();
      await fixture.importText('books', 'isbn,title,pages\n111,one,10\n222,two,20\n');
    });

    test('refuses them unless told otherwise', async () => {
      const report = await fixture.importText('books', 'isbn\n111\n');
      assert.deepEqual([report.invalid, report.errors[0]?.code], [1, 'unique']);
    });

    test('passes them over with skip', async () => {
      const text = 'isbn,title\n111,changed\n333,three\n333,twice\n';
      const report = await fixture.importText('books', text, { onConflict: 'skip', key: ['isbn'] });
      assert.deepEqual(counts(report), { ...none, created: 1, skipped: 2 });
      const [first] = await books({ filter: 'isbn == "111"' });
      assert.equal(first?.title, 'one');
    });

    test('writes what differs with update, and nothing else', async () => {
      const text = 'isbn,title\n111,one\n222,zwei\n444,four\n';
      assert.deepEqual(counts(await fixture.importText('books', text, update)), {
        ...none,
        created: 1,
        updated: 1,
        unchanged: 1,
      });
      const rows = await books({ filter: 'isbn in ["111", "222"]' });
      assert.deepEqual(
        rows.map(({ title, pages, version }) => [title, pages, version]),
        [
          ['one', 10, 1],
          ['zwei', 20, 2],
        ],
      );
      assert.deepEqual(counts(await fixture.importText('books', text, update)), { ...none, unchanged: 3 });
    });

    test('sees the same value in another form as the same', async () => {
      const json = (lentAt: string, extra: object) => JSON.stringify([{ isbn: '111', lentAt, extra }]);
      const asJson = { ...update, format: 'json' } as const;
      const first = await fixture.importText(
        'books',
        json('2026-01-31T10:00:00Z', { b: 1, a: { c: 2 } }),
        asJson,
      );
      assert.equal(first.updated, 1);
      const again = await fixture.importText(
        'books',
        json('2026-01-31T11:00:00+01:00', { a: { c: 2 }, b: 1 }),
        asJson,
      );
      assert.deepEqual(counts(again), { ...none, unchanged: 1 });
      await fixture.importText('books', json('2026-01-31T10:00:00Z', { b: 2 }), asJson);
      const [book] = await books({ filter: 'isbn == "111"' });
      assert.deepEqual(book?.extra, { b: 2 });
    });

    test('refuses a key that is empty, or that stands twice in the file', async () => {
      const report = await fixture.importText('books', 'isbn,title\n555,a\n,b\n555,c\n', update);
      assert.deepEqual(
        report.errors.map(({ line, pointer, code, detail }) => [line, pointer, code, detail]),
        [
          [3, '/isbn', 'key', 'is empty, but the record is to be recognised by it'],
          [4, '/isbn', 'duplicate', 'has the same key as line 2'],
        ],
      );
    });
  });

  describe('values in a file', () => {
    before(async () => {
      await open();
      await fixture.importText('shelves', 'code,maker\nA1,Ann\nB2,Ben\n');
    });

    test('may be given to properties that clients cannot write', async () => {
      assert.deepEqual((await fixture.list('shelves')).map(({ maker }) => maker), ['Ann', 'Ben']); // prettier-ignore
    });

    test('name other records by a unique property, when told so', async () => {
      const lookups = new Map([['shelf', 'code']]);
      const report = await fixture.importText('books', 'isbn,shelf\n111,B2\n222,\n333,C3\n', {
        lookups,
        skipInvalid: true,
      });
      assert.deepEqual(counts(report), { ...none, created: 2, invalid: 1 });
      assert.deepEqual(
        report.errors.map(({ line, pointer, code, detail }) => [line, pointer, code, detail]),
        [[4, '/shelf', 'reference', 'shelves has no record with this code']],
      );
      const [book] = await books({ filter: 'shelf.code == "B2"', expand: 'shelf' });
      assert.equal(book?.isbn, '111');
    });

    test('are null when empty, or the default where null is not allowed', async () => {
      await fixture.importText('books', 'isbn,pages,level,title\n444,,,""\n');
      const [book] = await books({ filter: 'isbn == "444"' });
      assert.deepEqual([book?.pages, book?.level, book?.title], [null, 3, '']);
    });

    test('keep their ids', async () => {
      const text = `id,isbn,next\n${idOf(1)},901,\n${idOf(2).toUpperCase()},902,${idOf(1)}\n`;
      assert.equal((await fixture.importText('books', text)).created, 2);
      assert.deepEqual(counts(await fixture.importText('books', text, { onConflict: 'update' })), {
        ...none,
        unchanged: 2,
      });
      const [book] = await books({ filter: 'next.isbn == "901"' });
      assert.equal(book?.id, idOf(2));
      const other = await fixture.importText('books', `id,isbn\n${idOf(3)},901\nx,903\n`, update);
      assert.deepEqual(other.errors.map(({ line, pointer, code }) => [line, pointer, code]), [[2, '/id', 'readOnly'], [3, '/id', 'format']]); // prettier-ignore
    });
  });
});
