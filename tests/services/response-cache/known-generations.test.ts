import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KnownGenerations } from '#services/response-cache/known-generations.ts';

/** A database that answers when the test says so, and a clock that moves when the test says so. */
function underTest(generations: Record<string, string> = { notes: 'n1', teams: 't1' }) {
  const questions: { answer(generations: Record<string, string>): void; fail(): void }[] = [];
  let nowMs = 5_000;
  const freshness = new KnownGenerations({
    nowMs: () => nowMs,
    load: () => {
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, string>>();
      questions.push({
        answer: (generations) => resolve(new Map(Object.entries(generations))),
        fail: () => reject(new Error('the database is down')),
      });
      return promise;
    },
  });
  return {
    freshness,
    questions,
    pass: (ms: number) => (nowMs += ms),
    stamp: (...names: string[]) => freshness.validator(names),
    begin: async () => {
      const settling = freshness.refresh();
      questions[0]?.answer(generations);
      await settling;
    },
  };
}

describe('what this process knows of generations', () => {
  it('is nothing until the database has answered', async () => {
    const { stamp, begin } = underTest();
    assert.equal(stamp('notes'), undefined);
    await begin();
    assert.equal(stamp('notes', 'teams'), 'n1t1');
    assert.equal(stamp('notes', 'unheard'), undefined);
  });

  it('is asked for again after half a second without waiting, after almost one with waiting', async () => {
    const { freshness, questions, pass, stamp, begin } = underTest();
    await begin();
    pass(400);
    assert.equal(freshness.refresh(), undefined);
    assert.equal(questions.length, 1);
    pass(100);
    assert.equal(freshness.refresh(), undefined);
    assert.equal(freshness.refresh(), undefined);
    assert.equal(questions.length, 2, 'asked once at a time');
    pass(400);
    const settling = freshness.refresh();
    assert.ok(settling);
    assert.equal(stamp('notes'), undefined);
    questions[1]?.answer({ notes: 'n2' });
    await settling;
    assert.equal(stamp('notes'), 'n2');
    pass(500);
    assert.equal(stamp('notes'), undefined, 'its age counts from when the database was asked');
  });

  it('is nothing while the database does not answer', async () => {
    const { freshness, questions, pass, stamp, begin } = underTest();
    await begin();
    pass(1_000);
    const settling = freshness.refresh();
    questions[1]?.fail();
    await settling;
    assert.equal(stamp('notes'), undefined);
  });

  it('is never again what it was before a change of its own', async () => {
    const { freshness, questions, pass, stamp, begin } = underTest();
    await begin();
    freshness.changed(['notes']);
    const own = stamp('notes');
    assert.notEqual(own, 'n1');
    assert.equal(stamp('teams'), 't1');
    pass(500);
    const settling = freshness.refresh();
    freshness.changed(['teams']);
    questions[1]?.answer({ notes: 'n2', teams: 't1' });
    await settling;
    assert.equal(stamp('notes'), 'n2', 'what all replicas call it');
    assert.notEqual(stamp('teams'), 't1', 'the database was asked before the change');
  });

  it('is asked for at once when others say that they have written, but not for each word of theirs', async () => {
    const { freshness, questions, pass, stamp, begin } = underTest();
    await begin();
    pass(5);
    freshness.invalidate();
    assert.equal(freshness.refresh(), undefined);
    pass(20);
    const settling = freshness.refresh();
    assert.ok(settling);
    questions[1]?.answer({ notes: 'n2' });
    await settling;
    assert.equal(stamp('notes'), 'n2');
    assert.equal(freshness.refresh(), undefined);
  });
});
