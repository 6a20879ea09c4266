import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { ImportReport } from '#services/transfer/index.ts';
import { eachDatabase, type TestDatabase } from '../../support/databases.ts';
import { fileParts, openTransfer, type TransferFixture } from './fixture.ts';

const root = join(import.meta.dirname, '../../..');
const data = (name: string) => join(root, 'node_modules/vega-datasets/data', name);
const collectionsOf = (example: string) => join(root, 'examples', example, 'collections');
const file = (name: string) => async function* () {
  yield* fileParts(data(name));
  await Promise.resolve();
}; // prettier-ignore

interface Film {
  readonly Title: unknown;
  readonly 'Release Date': string;
  readonly 'Major Genre': string | null;
  readonly 'IMDB Rating': number | null;
  readonly 'US Gross': number | null;
}

/** What the file itself says, read in another way. */
const films = JSON.parse(readFileSync(data('movies.json'), 'utf8')) as Film[];
const byText = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : 1);
const yearOf = (film: Film) => Number(film['Release Date'].slice(-4));
const badTitles = films.filter((film) => typeof film.Title !== 'string');
const badDates = films.filter((film) => yearOf(film) > 2011);
const goodFilms = films.filter((film) => typeof film.Title === 'string' && yearOf(film) <= 2011);

eachDatabase((database: TestDatabase) => {
  describe('movies.json', () => {
    let movies: TransferFixture;
    let first: ImportReport;
    const importMovies = (options = {}) =>
      movies.transfer.import({
        collection: 'movies',
        format: 'json',
        open: file('movies.json'),
        dateFormat: 'MMM DD YYYY',
        errorsMax: 5_000,
        ...options,
      });

    before(async () => {
      movies = await openTransfer(database, collectionsOf('movies'));
      first = await importMovies();
    });

    test('is refused as a whole, each bad row told by line, pointer and reason', async () => {
      assert.equal(first.committed, false);
      assert.equal(first.rows, films.length);
      assert.equal(first.invalid, films.length - goodFilms.length);
      assert.equal(first.errors.length, badTitles.length + badDates.length);
      const line = films.findIndex((film) => film.Title === 1776) + 2;
      assert.deepEqual(
        first.errors.find((error) => error.line === line),
        { line, pointer: '/title', code: 'type', detail: 'must be string' },
      );
      const late = first.errors.filter(({ pointer }) => pointer === '/releaseDate');
      assert.deepEqual(
        late.map((error) => error.line),
        badDates.map((film) => films.indexOf(film) + 2),
      );
      assert.ok(late.every(({ code }) => code === 'pattern'));
      assert.deepEqual(await movies.list('movies'), []);
    });

    test('has every date refused when nobody says how it writes them', async () => {
      const report = await movies.transfer.import({
        collection: 'movies',
        format: 'json',
        open: file('movies.json'),
      });
      assert.equal(report.invalid, films.length);
      assert.equal(report.errors.length, 100);
      assert.equal(report.errors.length + report.moreErrors, films.length + badTitles.length);
      assert.match(report.errors[0]?.detail ?? '', /must be a date such as 2026-01-31/);
    });

    test('gives its good rows with skipInvalid; again, with the same key, nothing changes', async () => {
      const skipping = await importMovies({ skipInvalid: true });
      assert.equal(skipping.committed, true);
      assert.equal(skipping.created, goodFilms.length);
      assert.equal(skipping.invalid, films.length - goodFilms.length);
      const before = await movies.list('movies', { sort: '-updatedAt,id', limit: '1', count: 'exact' });
      const again = await importMovies({
        skipInvalid: true,
        onConflict: 'update',
        key: ['title', 'releaseDate'],
      });
      assert.equal(again.unchanged, goodFilms.length);
      assert.deepEqual([again.created, again.updated, again.skipped], [0, 0, 0]);
      assert.deepEqual(
        await movies.list('movies', { sort: '-updatedAt,id', limit: '1', count: 'exact' }),
        before,
      );
      assert.deepEqual(await movies.list('movies', { filter: 'version > 1' }), []);
    });

    test('can be filtered, sorted, paged and searched as the file itself says', async () => {
      const filter = 'majorGenre == "Western" && imdbRating >= 7.5';
      const westerns = goodFilms.filter(
        (film) => film['Major Genre'] === 'Western' && (film['IMDB Rating'] ?? 0) >= 7.5,
      );
      const listed = await movies.list('movies', { filter, sort: '-imdbRating,title', limit: '200' });
      assert.ok(westerns.length > 3);
      assert.deepEqual(
        listed.map(({ title }) => title).toSorted(byText),
        westerns.map((film) => film.Title).toSorted(byText),
      );
      const ratings = listed.map(({ imdbRating }) => imdbRating as number);
      assert.deepEqual(
        ratings,
        ratings.toSorted((a, b) => b - a),
      );
      const earners = goodFilms.map((film) => film['US Gross']).filter((gross) => gross !== null);
      const [richest] = await movies.list('movies', {
        filter: 'usGross != null',
        sort: '-usGross',
        limit: '1',
      });
      assert.equal(richest?.usGross, Math.max(...earners));
      const found = await movies.list('movies', { q: 'wild bunch' });
      assert.deepEqual(found.map(({ title }) => title), goodFilms.filter((film) => /wild bunch/i.test(String(film.Title))).map((film) => film.Title)); // prettier-ignore
    });

    test('comes page by page, each film once', async () => {
      const titles: unknown[] = [];
      for await (const part of movies.transfer.export({ collection: 'movies', format: 'ndjson' })) {
        for (const line of part.split('\n').filter(Boolean))
          titles.push((JSON.parse(line) as { title: string }).title);
      }
      assert.deepEqual(titles.toSorted(byText), goodFilms.map((film) => film.Title).toSorted(byText));
    });
  });

  describe('airports.csv and the routes between them', () => {
    let fixture: TransferFixture;
    let airports: ImportReport;
    let routes: ImportReport;
    const importAirports = () =>
      fixture.transfer.import({
        collection: 'airports',
        format: 'csv',
        open: file('airports.csv'),
        onConflict: 'update',
        key: ['iata'],
      });
    const importRoutes = () =>
      fixture.transfer.import({
        collection: 'routes',
        format: 'csv',
        open: file('flights-airport.csv'),
        lookups: new Map([['origin', 'iata'], ['destination', 'iata']]), // prettier-ignore
        onConflict: 'update',
        key: ['origin', 'destination'],
      });

    before(async () => {
      fixture = await openTransfer(database, collectionsOf('airports'));
      airports = await importAirports();
      routes = await importRoutes();
    });

    test('are imported whole, and a second time changes nothing', async () => {
      assert.deepEqual([airports.rows, airports.created, airports.invalid], [3_376, 3_376, 0]);
      assert.deepEqual([routes.rows, routes.created, routes.invalid], [5_366, 5_366, 0]);
      assert.equal((await importAirports()).unchanged, 3_376);
      assert.equal((await importRoutes()).unchanged, 5_366);
      assert.deepEqual(await fixture.list('airports', { filter: 'version > 1' }), []);
    });

    test('can be filtered and sorted through references, and expanded', async () => {
      const rows = readFileSync(data('flights-airport.csv'), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split(','));
      const fromChicago = rows
        .filter(([origin]) => origin === 'ORD')
        .toSorted((a, b) => Number(b[2]) - Number(a[2]));
      const listed = await fixture.list('routes', {
        filter: 'origin.iata == "ORD"',
        sort: '-count',
        expand: 'destination',
        limit: '5',
      });
      assert.deepEqual(
        listed.map(({ count }) => count),
        fromChicago.slice(0, 5).map(([, , count]) => Number(count)),
      );
      assert.equal((listed[0]?.destination as { iata: string } | undefined)?.iata, fromChicago[0]?.[1]);
      const [north] = await fixture.list('airports', {
        filter: 'state == "AK"',
        sort: '-latitude',
        limit: '1',
      });
      assert.equal(north?.iata, 'BRW');
      assert.equal((await fixture.list('airports', { q: 'chicago midway' })).length, 1);
    });
  });
});
