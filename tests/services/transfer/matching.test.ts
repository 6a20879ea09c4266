import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildModel } from '#domain/collections/build.ts';
import type { Collection } from '#domain/collections/model.ts';
import type { PropertyDefinition } from '#domain/collections/definition.ts';
import type { Problem } from '#domain/errors/problem.ts';
import { cellOf, valueOfCell, withDate } from '#services/transfer/cells.ts';
import { checkHeader, matchColumns } from '#services/transfer/columns.ts';
import { createDateReader } from '#services/transfer/dates.ts';
import { keyProperties } from '#services/transfer/key.ts';

function collectionOf(properties: Record<string, PropertyDefinition>, required: string[] = []): Collection {
  const indexes = 'city' in properties ? [{ properties: ['city', 'name'], unique: true }] : [];
  const model = buildModel([{ name: 'things', properties, required, indexes }]);
  return model.collections.get('things') as Collection;
}

const movies = collectionOf({
  title: { type: 'string' },
  usGross: { type: 'integer' },
  imdbRating: { type: 'number' },
});

describe('names in a file', () => {
  test('are matched by the same name, else by the same letters and digits', () => {
    const columns = matchColumns(movies);
    assert.equal(columns('title')?.name, 'title');
    assert.equal(columns('US Gross')?.name, 'usGross');
    assert.equal(columns('IMDB_Rating')?.name, 'imdbRating');
    assert.equal(columns('Created At')?.name, 'createdAt');
    assert.equal(columns('gross'), undefined);
    assert.equal(columns('Ü'), undefined);
    assert.equal(columns('__proto__'), undefined);
  });

  test('are matched by the map first; an empty one leaves the column out', () => {
    const columns = matchColumns(movies, new Map([['title', 'usGross'], ['Notes', '']])); // prettier-ignore
    assert.equal(columns('title')?.name, 'usGross');
    assert.equal(columns('Notes'), null);
    assert.throws(
      () => matchColumns(movies, new Map([['a', 'titel']])),
      /"titel" is no property of things; did you mean title\?/,
    );
  });

  test('are not guessed at when two properties would do', () => {
    const columns = matchColumns(
      collectionOf({ usGross: { type: 'integer' }, us_gross: { type: 'integer' } }),
    );
    assert.equal(columns('US Gross'), undefined);
    assert.equal(columns('us_gross')?.name, 'us_gross');
  });

  test('are refused all at once, with the name that was probably meant', () => {
    const check = (header: string[]) => checkHeader(movies, matchColumns(movies), header);
    check(['title', 'US Gross']);
    assert.throws(
      () => check(['titel', 'Title', 'TITLE', 'stars']),
      (error: Problem) => {
        assert.equal(error.code, 'invalid_import');
        assert.match(error.message, /"titel" is no property of things \(did you mean title\?\)/);
        assert.match(error.message, /"Title" and "TITLE" are both title/);
        assert.match(
          error.message,
          /"stars" is no property of things\. Name the property with --map "stars=…"/,
        );
        return true;
      },
    );
  });
});

describe('CSV cells', () => {
  const things = collectionOf(
    {
      text: { type: 'string' },
      count: { type: 'integer' },
      size: { type: 'number' },
      on: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      day: { type: 'string', format: 'date' },
      level: { type: 'integer', default: 3 },
      must: { type: 'integer' },
    },
    ['level', 'must'],
  );
  const property = (name: string) => things.properties.get(name) as never;
  const value = (name: string, cell: string | null) => valueOfCell(property(name), cell);

  test('are read by the kind of their property', () => {
    assert.equal(value('text', '12'), '12');
    assert.equal(value('count', ' 12 '), 12);
    assert.equal(value('size', '-1.5e3'), -1500);
    assert.equal(value('on', 'TRUE'), true);
    assert.deepEqual(value('tags', '["a","b"]'), ['a', 'b']);
    assert.equal(value('day', '2026-01-31'), '2026-01-31');
  });

  test('stay text when they cannot be read, so that the validator refuses them', () => {
    assert.deepEqual(
      [
        value('count', 'NA'),
        value('count', '0x10'),
        value('size', 'Infinity'),
        value('on', 'yes'),
        value('tags', 'a,b'),
      ],
      ['NA', '0x10', 'Infinity', 'yes', 'a,b'],
    );
  });

  test('that are empty are null, or leave out a property that must have a value and has a default', () => {
    assert.equal(value('text', null), null);
    assert.equal(value('text', ''), '');
    assert.equal(value('count', ''), null);
    assert.equal(value('must', null), null);
    assert.equal(value('level', null), undefined);
  });

  test('say again what was read from them', () => {
    const cells = [['text', ''], ['text', 'a "b",\nc'], ['text', ' x'], ['size', 1.5], ['on', false], ['tags', ['a,b']], ['text', null]]; // prettier-ignore
    assert.deepEqual(
      cells.map(([name, content]) => cellOf(property(name as string), content)),
      ['""', '"a ""b"",\nc"', '" x"', '1.5', 'false', '"[""a,b""]"', ''],
    );
  });
});

describe('dates', () => {
  const day = collectionOf({ day: { type: 'string', format: 'date' } }).properties.get('day') as never;
  const read = (format: string, text: string) => withDate(day, text, createDateReader(format));

  test('are read in the format that the file uses', () => {
    assert.equal(read('MMM DD YYYY', 'Jun 12 1998'), '1998-06-12');
    assert.equal(read('MMM DD YYYY', 'september 02 1998'), '1998-09-02');
    assert.equal(read('D.M.YYYY', '3.11.2026'), '2026-11-03');
    assert.equal(read('MM/DD/YYYY', '11/03/2026'), '2026-11-03');
    assert.equal(read('MM/DD/YYYY', '2026-11-03'), '2026-11-03');
  });

  test('stay as they are when they do not fit, so that the validator refuses them', () => {
    assert.equal(read('MMM DD YYYY', 'Foo 12 1998'), 'Foo 12 1998');
    assert.equal(read('MM/DD/YYYY', '1/2/98'), '1/2/98');
    assert.equal(read('MM/DD/YYYY', '02/30/1998'), '1998-02-30');
  });

  test('need a format with a year, a month and a day', () => {
    for (const format of ['', 'YYYY', 'YY-MM-DD', 'DD.DD.YYYY', 'MMM MM YYYY', 'YYYY-MM-DD-DD']) {
      assert.throws(() => createDateReader(format), /is no date format/, format);
    }
  });
});

describe('the key', () => {
  const places = collectionOf({ city: { type: 'string' }, name: { type: 'string' } });

  test('is id, or the properties of a unique index in any order', () => {
    assert.equal(keyProperties(places, ['id']).length, 1);
    assert.deepEqual(
      keyProperties(places, ['name', 'city']).map(({ name }) => name),
      ['name', 'city'],
    );
  });

  test('is refused when several records may have it', () => {
    assert.throws(
      () => keyProperties(places, ['city']),
      /may hold several records with the same city.*These can: id, city,name\./,
    );
    assert.throws(() => keyProperties(places, ['nam']), /no property of things; did you mean name\?/);
    assert.throws(() => keyProperties(places, ['name', 'id']), /cannot be the key/);
  });
});
