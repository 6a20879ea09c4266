import { compileExpression } from '#domain/expressions/check.ts';
import type { Expression, Scope } from '#domain/expressions/expression.ts';
import type { Shapes, PropertyShape } from '#domain/expressions/shape.ts';

type Written = [name: string, kind: PropertyShape['kind'], more?: Partial<PropertyShape>];

const system: Written[] = [
  ['id', 'uuid', { required: true }],
  ['createdAt', 'timestamp', { required: true }],
  ['updatedAt', 'timestamp', { required: true }],
  ['version', 'integer', { required: true }],
];

function collection(...own: Written[]) {
  const properties = [...system, ...own].map(([name, kind, more]): [string, PropertyShape] => [
    name,
    { name, kind, required: false, private: false, writeOnly: false, ...more },
  ]);
  return { properties: new Map(properties) };
}

const to = (target: string) => ({ reference: { collection: target } });

/** The collections that tests of the language talk about: every kind of property, references in a circle. */
export const shapes: Shapes = new Map([
  [
    'users',
    collection(
      ['email', 'string', { required: true }],
      ['role', 'string'],
      ['verified', 'boolean'],
      ['level', 'integer'],
      ['tags', 'json', { items: 'string' }],
      ['team', 'reference', to('teams')],
      ['secret', 'string', { private: true }],
    ),
  ],
  ['teams', collection(['name', 'string'], ['size', 'integer'], ['lead', 'reference', to('users')])],
  [
    'tasks',
    collection(
      ['title', 'string', { required: true }],
      ['status', 'string'],
      ['priority', 'integer'],
      ['points', 'integer', { required: true }],
      ['score', 'number'],
      ['price', 'decimal', { scale: 2 }],
      ['rate', 'decimal', { scale: 20 }],
      ['done', 'boolean'],
      ['dueOn', 'date'],
      ['startedAt', 'timestamp'],
      ['labels', 'json', { items: 'string' }],
      ['numbers', 'json', { items: 'integer' }],
      ['weights', 'json', { items: 'number' }],
      ['flags', 'json', { items: 'boolean' }],
      ['meta', 'json'],
      ['owner', 'reference', to('users')],
      ['project', 'reference', to('projects')],
      ['parent', 'reference', to('tasks')],
      ['note', 'string', { private: true }],
      ['pin', 'string', { writeOnly: true }],
    ),
  ],
  [
    'projects',
    collection(
      ['name', 'string'],
      ['budget', 'number'],
      ['limit', 'decimal', { scale: 0, required: true }],
      ['endsOn', 'date'],
      ['owner', 'reference', to('users')],
      ['team', 'reference', { ...to('teams'), required: true }],
    ),
  ],
  [
    'members',
    collection(
      ['user', 'reference', to('users')],
      ['project', 'reference', to('projects')],
      ['role', 'string'],
      ['since', 'timestamp'],
    ),
  ],
]);

export type Options = Omit<Partial<Scope>, 'kind'>;

/** A rule over `tasks`, unless told otherwise. */
export const rule = (source: string, options: Options = {}): Expression =>
  compileExpression(source, { kind: 'rule', collection: 'tasks', collections: shapes, ...options });

/** A filter over `tasks` by somebody who is no admin, unless told otherwise. */
export const filter = (source: string, options: Options = {}): Expression =>
  compileExpression(source, { kind: 'filter', collection: 'tasks', collections: shapes, ...options });
