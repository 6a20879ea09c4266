import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readCsv } from '#services/transfer/formats/csv.ts';
import { readJsonArray } from '#services/transfer/formats/json-array.ts';
import { readNdjson } from '#services/transfer/formats/ndjson.ts';
import { collected, inParts } from './bytes.ts';

const csv = (content: string | Uint8Array, size?: number) =>
  collected(readCsv(inParts(content, size), () => undefined));
const json = (content: string | Uint8Array, size?: number) =>
  collected(readJsonArray(inParts(content, size)));
const ndjson = (content: string | Uint8Array, size?: number) => collected(readNdjson(inParts(content, size)));
const latin1 = (content: string) => Buffer.from(content, 'latin1');

describe('CSV', () => {
  test('gives each record with the line it begins on', async () => {
    assert.deepEqual(await csv('\ufeffa,b\r\n1,x\n\n"two\nlines",\n3,"say ""hi"""'), [
      [2, { a: '1', b: 'x' }],
      [4, { a: 'two\nlines', b: null }],
      [6, { a: '3', b: 'say "hi"' }],
    ]);
  });

  test('tells an empty text from an empty cell', async () => {
    assert.deepEqual(await csv('a,b\n"",\n'), [[2, { a: '', b: null }]]);
  });

  test('goes on after a record with the wrong number of cells', async () => {
    assert.deepEqual(await csv('a,b\n1\n1,2\n'), [
      [2, 'has 1 cells, the header has 2'],
      [3, { a: '1', b: '2' }],
    ]);
  });

  test('keeps what comes before a quotation mark that is never closed, and says where it is', async () => {
    assert.deepEqual(await csv('a,b\n1,2\n3,"4\n5,6\n', 100), [
      [2, { a: '1', b: '2' }],
      [3, 'has a quotation mark that is never closed'],
    ]);
  });

  test('keeps what comes before bytes that are not UTF-8, and says where they are', async () => {
    for (const size of [1, 3, 100]) {
      assert.deepEqual(await csv(latin1('a,b\n1,2\n3,\xfc\n5,6\n'), size), [
        [2, { a: '1', b: '2' }],
        [3, 'holds bytes that are not UTF-8; save the file as UTF-8'],
      ]);
    }
    assert.deepEqual(await csv(latin1('a\n\xc3')), [
      [2, 'holds bytes that are not UTF-8; save the file as UTF-8'],
    ]);
  });

  test('shows the header before the first record', async () => {
    const refuse = () => {
      throw new Error('unknown column');
    };
    await assert.rejects(collected(readCsv(inParts('a\n1\n'), refuse)), /unknown column/);
  });

  test('passes on that the file could not be read', async () => {
    async function* failing() {
      yield* inParts('a\n1\n');
      throw new Error('the disk is gone');
    }
    await assert.rejects(collected(readCsv(failing(), () => undefined)), /the disk is gone/);
  });
});

describe('a JSON array', () => {
  test('gives each object with the line it begins on', async () => {
    const content = '\ufeff[ {"a":"],[{\\"}"},\n\n {"b":[1,{"c":"ü"}]}\n]\n';
    for (const size of [1, 2, 5, 100]) {
      assert.deepEqual(await json(content, size), [
        [1, { a: '],[{"}' }],
        [3, { b: [1, { c: 'ü' }] }],
      ]);
    }
    assert.deepEqual(await json(' [ ] '), []);
  });

  test('goes on after an element that is broken or no object', async () => {
    assert.deepEqual(await json('[{"a":},\n7,\n{"b":1}, ]'), [
      [1, "is not valid JSON: Unexpected token '}'"],
      [2, 'must be a JSON object'],
      [3, { b: 1 }],
      [3, 'is not valid JSON: Unexpected end of JSON input'],
    ]);
  });

  test('says what is wrong with the array itself', async () => {
    const said = async (content: string) => ((await json(content)).at(-1) as [number, string])[1];
    assert.match(await said('{"a":1}'), /must be one JSON array/);
    assert.match(await said('[{"a":1}'), /ends before its array does/);
    assert.match(await said('[{"a":1},\n{"b":"'), /ends before its array does/);
    assert.match(await said('[] []'), /nothing may follow/);
    assert.match(await said(''), /is empty/);
  });

  test('is read like JSON.parse reads it, wherever the parts are cut', async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(objects, fc.integer({ min: 1, max: 9 }), fc.nat(3), async (all, size, indent) => {
        const content = JSON.stringify(all, null, indent);
        const read = (await json(content, size)).map((row) => (row as [number, unknown])[1]);
        assert.deepEqual(read, JSON.parse(content));
      }),
      { numRuns: 300 },
    );
  });
});

describe('NDJSON', () => {
  test('gives each object with its line, and goes on after a broken one', async () => {
    for (const size of [1, 4, 100]) {
      assert.deepEqual(await ndjson('{"a":1}\n\n \r\n{"b":\n{"c":2}\r\n[1]\n{"d":3}', size), [
        [1, { a: 1 }],
        [4, 'is not valid JSON: Unexpected end of JSON input'],
        [5, { c: 2 }],
        [6, 'must be a JSON object'],
        [7, { d: 3 }],
      ]);
    }
  });

  test('refuses a line that would not fit into memory, and goes on after it', async () => {
    const huge = `{"a":"${'x'.repeat(17 * 1024 * 1024)}"}\n{"b":1}\n`;
    assert.deepEqual(await ndjson(huge, 1 << 20), [
      [1, 'is larger than 16 MB'],
      [2, { b: 1 }],
    ]);
  });

  test('refuses bytes that are not UTF-8', async () => {
    assert.deepEqual(await ndjson(latin1('{"a":"\xfc"}\n{"b":1}')), [
      [1, 'holds bytes that are not UTF-8; save the file as UTF-8'],
      [2, { b: 1 }],
    ]);
  });
});
