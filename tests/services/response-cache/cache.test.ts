import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ResponseCache } from '#services/response-cache/cache.ts';
import { KnownGenerations } from '#services/response-cache/known-generations.ts';
import type { CachedResponse, SharedCache } from '#services/response-cache/shared-cache.ts';

const collections = ['notes'];

describe('kept answers', () => {
  let nowMs: number;
  let generation: string;
  let loads: string[];
  /** What is asked of the answers that replicas share, and what they hold. */
  let asked: string[];
  let kept: Map<string, CachedResponse>;
  beforeEach(() => {
    [nowMs, generation, loads, asked, kept] = [5_000, 'g1', [], [], new Map()];
  });

  const shared: SharedCache = {
    isUp: () => true,
    find: (question, stamp) => {
      asked.push(question);
      const found = kept.get(`${stamp} ${question}`);
      return Promise.resolve(found && { ...found, remainingMs: 10_000 });
    },
    keep: (question, stamp, answer) => void kept.set(`${stamp} ${question}`, answer),
  };
  function answersOf(options: { itemsMax?: number; shared?: SharedCache } = {}) {
    const now = () => nowMs;
    const load = () => Promise.resolve(new Map([['notes', generation]]));
    const freshness = new KnownGenerations({ nowMs: now, load });
    const answers = new ResponseCache({ freshness, itemsMax: 100, nowMs: now, ...options });
    const ask = async (key: string, json = key) => {
      const load = () => (loads.push(key), Promise.resolve({ json, note: '' }));
      return (await answers.find({ key, collections, maxAgeMs: 10_000, load })).status;
    };
    return { answers, freshness, ask };
  }

  it('are used until they are as old as they may be, counted from before they were loaded', async () => {
    const { ask } = answersOf();
    assert.deepEqual([await ask('a'), await ask('a')], ['miss', 'hit']);
    nowMs += 9_999;
    assert.equal(await ask('a'), 'hit');
    nowMs += 1;
    assert.equal(await ask('a'), 'miss');
  });

  it('are not used once the collections have another generation', async () => {
    const { ask, freshness } = answersOf();
    await ask('a');
    freshness.changed(collections);
    assert.deepEqual([await ask('a'), await ask('a')], ['miss', 'hit']);
    [generation, nowMs] = ['g2', nowMs + 1_000];
    assert.deepEqual([await ask('a'), await ask('a')], ['miss', 'hit']);
  });

  it('are as many as there is room for; then only those stay that are asked for again', async () => {
    const { ask } = answersOf({ itemsMax: 3 });
    for (const key of ['a', 'b', 'c']) await ask(key);
    for (const key of ['d', 'e', 'f']) assert.equal(await ask(key), 'miss');
    for (const key of ['a', 'b', 'c']) assert.equal(await ask(key), 'hit');
    assert.deepEqual([await ask('d'), await ask('d')], ['miss', 'hit']);
    assert.equal(await ask('a'), 'miss', 'the one that was not used for the longest time');
  });

  it('take no more memory than they may, however large they are', async () => {
    const { ask } = answersOf();
    const large = 'x'.repeat(900 * 1024);
    for (let index = 0; index < 40; index++) for (const _ of [1, 2]) await ask(`large ${index}`, large);
    let hits = 0;
    while ((await ask(`large ${39 - hits}`, large)) === 'hit') hits += 1;
    assert.ok(hits > 10 && hits < 19, `${hits} of 1.8 MB each in 32 MB`);
    const larger = 'x'.repeat(1_100 * 1024);
    assert.deepEqual([await ask('larger', larger), await ask('larger', larger)], ['miss', 'miss']);
  });

  it('are asked for in Redis by those who are asked again, and kept there for the others', async () => {
    const [one, other] = [answersOf({ shared }), answersOf({ shared })];
    await one.ask('a');
    assert.deepEqual([asked, [...kept.keys()]], [[], []], 'what is asked for once is not worth the way');
    nowMs += 10_000;
    assert.equal(await one.ask('a'), 'miss');
    assert.deepEqual([asked, [...kept.keys()]], [['a'], ['g1 a']]);
    await other.ask('a');
    nowMs += 10_000;
    assert.equal(await other.ask('a'), 'hit');
    assert.deepEqual(loads, ['a', 'a', 'a']);
  });

  it('of generations that only this process knows are not shared', async () => {
    const { ask, freshness } = answersOf({ shared });
    await ask('a');
    freshness.changed(collections);
    await ask('a');
    assert.deepEqual([asked, [...kept.keys()]], [[], []]);
  });

  it('are not made of failures, and a failure is told to all who wait for it', async () => {
    const { answers } = answersOf();
    let attempts = 0;
    const failing = () => {
      attempts += 1;
      return Promise.reject(new Error('the database is away'));
    };
    const question = { key: 'a', collections, maxAgeMs: 10_000, load: failing };
    await assert.rejects(answers.find(question), /away/);
    const both = await Promise.allSettled([answers.find(question), answers.find(question)]);
    assert.deepEqual([both[0].status, both[1].status, attempts], ['rejected', 'rejected', 2]);
  });
});
