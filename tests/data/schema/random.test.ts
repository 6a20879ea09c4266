import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildModel } from '#domain/collections/build.ts';
import { checkDefinitions } from '#domain/collections/check/check-definitions.ts';
import type { CollectionDefinition, PropertyDefinition } from '#domain/collections/definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { eachDatabase } from '../../support/databases.ts';
import { definitions, Living } from './fixture.ts';

const names = ['a', 'b', 'c', 'd'];
const collectionNames = ['one', 'two', 'three'];

const plain: fc.Arbitrary<PropertyDefinition> = fc.constantFrom<PropertyDefinition>(
  { type: 'string', maxLength: 20 },
  { type: 'string', maxLength: 20, default: 'x' },
  { enum: ['x', 'y'] },
  { enum: ['y', 'z'], default: 'z' },
  { type: 'integer' },
  { type: 'integer', default: 3 },
  { type: 'number' },
  { type: 'string', format: 'decimal', scale: 2, default: '1.50' },
  { type: 'string', format: 'decimal', scale: 4 },
  { type: 'boolean', default: true },
  { type: 'string', format: 'date' },
  { type: 'string', format: 'date-time' },
  { type: 'array', items: { type: 'string' } },
  {},
  ...collectionNames.flatMap((reference) => [{ reference }, { reference, onDelete: 'setNull' as const }]),
);

interface Draft {
  readonly properties: readonly [name: string, definition: PropertyDefinition, was: string | undefined][];
  readonly was: string | undefined;
  readonly required: readonly string[];
  readonly indexes: readonly string[][];
  readonly unique: string | undefined;
  readonly search: readonly string[];
}

const draft: fc.Arbitrary<Draft> = fc.record({
  properties: fc.uniqueArray(
    fc.tuple(fc.constantFrom(...names), plain, fc.option(fc.constantFrom(...names), { nil: undefined })),
    { selector: ([name]) => name, minLength: 1, maxLength: 4 },
  ),
  was: fc.option(fc.constantFrom(...collectionNames), { nil: undefined }),
  required: fc.subarray(names, { maxLength: 2 }),
  indexes: fc.array(fc.subarray(names, { minLength: 1 }), { maxLength: 2 }),
  unique: fc.option(fc.constantFrom(...names), { nil: undefined }),
  search: fc.subarray(names),
});

/** A definition of what a draft says, as far as it may be said in this folder. */
function definitionOf(name: string, wanted: Draft, present: readonly string[]): CollectionDefinition {
  const kept = wanted.properties.filter(
    ([, { reference }]) => reference === undefined || present.includes(reference),
  );
  const own = new Map(kept.map(([property, definition]) => [property, definition]));
  const isOrdered = (property: string) => {
    const definition = own.get(property);
    return definition !== undefined && definition.type !== 'array' && Object.keys(definition).length > 0;
  };
  const isText = (property: string) =>
    own.get(property)?.maxLength !== undefined || own.get(property)?.type === 'array';
  const { was, unique } = wanted;
  return {
    name,
    ...(was !== undefined && !present.includes(was) && { was }),
    properties: Object.fromEntries(
      kept.map(([property, definition, former], position) => {
        const isFree =
          former !== undefined &&
          !own.has(former) &&
          kept.findIndex((other) => other[2] === former) === position;
        return [property, { ...definition, ...(isFree && { was: former }) }];
      }),
    ),
    required: wanted.required.filter(
      (property) => own.has(property) && own.get(property)?.onDelete === undefined,
    ),
    indexes: [
      ...new Map(
        wanted.indexes.filter((index) => index.every(isOrdered)).map((index) => [index.join(), index]),
      ).values(),
      ...(unique !== undefined && isOrdered(unique) ? [{ properties: [unique], unique: true }] : []),
    ],
    search: wanted.search.filter(isText),
  };
}

/** Whatever a folder of definitions may hold. */
const folder: fc.Arbitrary<CollectionDefinition[]> = fc
  .tuple(fc.subarray(collectionNames), fc.array(draft, { minLength: 3, maxLength: 3 }))
  .map(([present, drafts]) => {
    const free = new Set<string>();
    return present.map((name, index) => {
      const definition = definitionOf(name, drafts[index] as Draft, present);
      const { was, ...rest } = definition;
      if (was === undefined || free.has(was)) return rest;
      free.add(was);
      return definition;
    });
  });

eachDatabase((database) => {
  test('any sequence of changes ends with the tables of a fresh start', { timeout: 120_000 }, async () => {
    const numRuns = Number(process.env.RANDOM_SCHEMAS ?? (database.name === 'sqlite' ? 40 : 5));
    await fc.assert(
      fc.asyncProperty(fc.array(folder, { minLength: 2, maxLength: 4 }), async (versions) => {
        const living = new Living(await database.open());
        let current: CollectionDefinition[] = [];
        for (const [index, version] of versions.entries()) {
          assert.deepEqual(mistakesIn(version), []);
          // Data may forbid a step (required, unique); then everything stays as it was.
          const { steps } = await living.service.plan(definitions(...version));
          if (steps.some(({ impossible }) => impossible === true)) continue;
          try {
            await living.apply(...version);
          } catch (error) {
            if (!/^The unique index .* cannot be made/.test((error as Error).message)) throw error;
            continue;
          }
          current = version;
          for (const definition of version) {
            const row = rowFor(version, definition, index);
            const taken = (error: Error) => assert.equal(error.name, 'UniqueViolation');
            if (row !== undefined) await living.insert(definition.name, [row], index).catch(taken);
          }
        }
        const fresh = new Living(await database.open());
        await fresh.apply(...current);
        assert.deepEqual(await living.tables(), await fresh.tables());
        await living.database.close();
        await fresh.database.close();
      }),
      { numRuns, endOnFailure: process.env.RANDOM_SCHEMAS === undefined },
    );
  });
});

/** A record with a value in every property that can have one without another record; undefined if it needs that. */
function rowFor(
  version: readonly CollectionDefinition[],
  { name, required }: CollectionDefinition,
  seed: number,
) {
  const properties = [...(buildModel(version).collections.get(name)?.properties.values() ?? [])];
  if (properties.some((property) => property.kind === 'reference' && required?.includes(property.name)))
    return undefined;
  const values: Readonly<Record<string, JsonValue>> = {
    string: `${seed}`,
    integer: seed,
    decimal: `${seed}.50`,
    number: seed + 0.5,
    boolean: seed % 2 === 0,
    date: `2026-01-0${seed + 1}`,
    timestamp: `2026-01-0${seed + 1}T00:00:00.000Z`,
    json: [`${seed}`],
  };
  const row = properties
    .filter(({ system, kind }) => !system && kind !== 'reference')
    .map(({ name: property, kind, schema }) => [
      property,
      (schema.enum as JsonValue[] | undefined)?.[0] ?? values[kind],
    ]);
  return Object.fromEntries(row) as Record<string, JsonValue>;
}

function mistakesIn(version: readonly CollectionDefinition[]) {
  return checkDefinitions(version.map((content) => ({ file: content.name, name: content.name, content })))
    .mistakes;
}
