import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildModel } from '#domain/collections/build.ts';
import { anonymous } from '#domain/access/principal.ts';
import type { Collection } from '#domain/collections/model.ts';
import { BodyReader } from '#services/records/body/body-reader.ts';

const limitMs = 50;
const bodyBytes = 1_048_576;

const properties = Object.fromEntries(
  Array.from({ length: 30 }, (_, index) => [`property${index}`, { type: 'string', maxLength: 100 }]),
);
const things = buildModel([
  {
    name: 'things',
    properties: { ...properties, any: {}, list: { type: 'array', items: { type: 'string' } } },
  },
]).collections.get('things') as Collection;
const reader = new BodyReader(things);

/** As many members as a body of 1 MB has room for. */
function filled(member: (index: number) => string): string {
  const members: string[] = [];
  for (let bytes = 2, index = 0; bytes < bodyBytes - 100; index++) {
    const next = member(index);
    bytes += next.length + 1;
    members.push(next);
  }
  return `{${members.join()}}`;
}

const bodies: Readonly<Record<string, string>> = {
  'unknown properties': filled((index) => `"p${index}":0`),
  'unknown properties that are almost known': filled((index) => `"property${index + 100}":0`),
  'unknown properties with long names': filled((index) => `"${'x'.repeat(60)}${index}":0`),
  'a known one for every unknown one': filled((index) => `"property${index % 30}":"","u${index}":[]`),
  'one value with many members': `{"any":${filled((index) => `"m${index}":0`)}}`,
  'a list of short texts': `{"list":[${Array(250_000).fill('""').join()}]}`,
  'a list of numbers where texts belong': `{"list":[${Array(500_000).fill('0').join()}]}`,
  'one long text': `{"property0":"${'x'.repeat(bodyBytes - 100)}"}`,
  'one long text that normalises': `{"any":"${'\ufdfa'.repeat(bodyBytes / 3 - 100)}"}`,
};

for (const [what, text] of Object.entries(bodies)) {
  test(`a body of 1 MB costs at most ${limitMs} ms beyond its parsing: ${what}`, () => {
    const body: unknown = JSON.parse(text);
    const costs = Array.from({ length: 5 }, () => {
      const before = process.threadCpuUsage();
      reader.check(body, anonymous, 'create');
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1_000;
    });
    assert.ok(Math.min(...costs) <= limitMs, `${Math.min(...costs)} ms`);
  });
}
