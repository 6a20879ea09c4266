import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildModel } from '#domain/collections/build.ts';
import type { Collection } from '#domain/collections/model.ts';
import { compileExpression } from '#domain/expressions/check.ts';
import { indexAdvice } from '#domain/query/index-advice.ts';
import { parseListQuery } from '#domain/query/list-query.ts';
import { adviceForPairs, untiedQuantifiers } from '#domain/query/untied-quantifiers.ts';

const model = buildModel([
  { name: 'users', properties: { name: { type: 'string' } } },
  {
    name: 'posts',
    properties: {
      title: { type: 'string' },
      slug: { type: 'string', unique: true },
      rank: { type: 'integer' },
      author: { reference: 'users' },
      tags: { type: 'array', items: { type: 'string' } },
    },
    indexes: [['rank', 'title']],
  },
  {
    name: 'members',
    properties: { post: { reference: 'posts' }, user: { reference: 'users' }, role: { type: 'string' } },
  },
]);

function pairsOf(source: string, kind: 'filter' | 'rule' = 'filter') {
  const scope = { kind, collection: 'posts', collections: model.collections, admin: true } as const;
  return untiedQuantifiers(compileExpression(source, scope), model).map(({ collections, property }) =>
    [...collections, ...(property === undefined ? [] : [`by ${property}`])].join(' '),
  );
}

describe('quantifiers that no index ties to the record around', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'members.exists(m, m.post == id)': [],
    'members.exists(m, m.role == "a" && id == m.post)': [],
    'posts.exists(p, p.slug == title)': [],
    'posts.exists(p, p.id in [author, id])': [],
    'posts.exists(p, p.rank == rank && p.title != title)': [],
    'posts.exists(p, p.slug == title || p.rank == rank)': [],
    'posts.exists(p, p.slug == title || p.title == title)': ['posts posts'],
    'posts.exists(p, p.title == title)': ['posts posts by title'],
    'posts.exists(p, p.rank == 1 && p.title + title == "a")': ['posts posts'],
    'posts.exists(p, p.rank > rank)': ['posts posts'],
    'posts.all(p, p.slug == title)': ['posts posts'],
    'posts.exists(p, p.title == "a")': [],
    'title == "a" || !posts.exists(p, p.title == title)': ['posts posts by title'],
    'posts.exists(a, posts.exists(b, a.title + b.title == title))': ['posts posts', 'posts posts posts'],
    'posts.exists(a, a.slug == title && posts.exists(b, b.title == a.title))': ['posts posts by title'],
    'posts.exists(a, posts.exists(b, a.title + b.title == "x"))': ['posts posts'],
    'tags.exists(t, t == title)': [],
    'tags.exists(t, posts.exists(p, p.title == t))': ['posts posts by title'],
  };
  for (const [source, expected] of Object.entries(cases))
    it(`${source}: ${expected.length === 0 ? 'none' : expected.join('; ')}`, () => {
      assert.deepEqual(pairsOf(source), expected);
    });

  it('are none where the user ties them', () => {
    assert.deepEqual(pairsOf('members.exists(m, m.user == user.id)', 'rule'), []);
    assert.deepEqual(pairsOf('members.exists(m, m.user == user.id && m.role == record.title)', 'rule'), []);
  });

  it('are told with what would tie them', () => {
    const advice = { collections: ['posts', 'posts'], property: 'title' };
    assert.equal(adviceForPairs(advice), 'An index on "title" of "posts" would help.');
    assert.match(
      adviceForPairs({ collections: ['posts', 'members'] }),
      /an indexed property of "members" with ==/,
    );
  });
});

describe('advice for a list that took too long', () => {
  const collection = model.collections.get('posts') as Collection;
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ filter: 'title == "a"' }, /^An index on "title" would help\.$/],
    [
      { filter: 'title == "a" && author != null', sort: '-rank' },
      /^An index on "title", "rank" would help\.$/,
    ],
    [{ filter: 'rank == 1', sort: 'title', count: 'exact' }, /^An index on "title" would help\.$/],
    [{ sort: 'author.name' }, /the record itself/],
    [{ sort: 'rank', count: 'exact' }, /count=exact/],
    [{ filter: 'title.contains("a")' }, /indexed property/],
  ];
  for (const [query, expected] of cases)
    it(`for ${new URLSearchParams(query)}`, () => {
      const scope = { model, collection, admin: true };
      assert.match(indexAdvice(parseListQuery(new Map(Object.entries(query)), scope), collection), expected);
    });
});
