import type { CollectionDefinition } from '#domain/collections/definition.ts';

/** Every kind of property, and every keyword that changes what goes in or comes out. */
export const onePropertyOfEachKind: readonly CollectionDefinition[] = [
  {
    name: 'places',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 50 },
      lead: { reference: 'users', onDelete: 'setNull' },
    },
    required: ['name'],
    rules: {
      list: 'true',
      read: 'true',
      create: 'user != null',
      update: 'user != null',
      delete: 'user != null',
    },
  },
  {
    name: 'things',
    description: 'One of each',
    properties: {
      title: { type: 'string', minLength: 1, maxLength: 40 },
      state: { enum: ['new', 'old'], default: 'new' },
      mixed: { enum: [1, 'one', true] },
      count: { type: 'integer', minimum: -5, maximum: 5 },
      weight: { type: 'number' },
      done: { type: 'boolean', default: false },
      day: { type: 'string', format: 'date' },
      at: { type: 'string', format: 'date-time' },
      email: { type: 'string', format: 'email', maxLength: 100 },
      code: { type: 'string', maxLength: 20, unique: true },
      labels: { type: 'array', items: { type: 'string', maxLength: 20 }, maxItems: 5 },
      shape: {
        type: 'object',
        properties: { width: { type: 'number' }, name: { type: ['string', 'null'], maxLength: 20 } },
        required: ['width'],
        additionalProperties: false,
      },
      anything: {},
      either: {
        anyOf: [
          { type: 'string', maxLength: 20 },
          { type: 'integer', minimum: 0, maximum: 9 },
        ],
      },
      place: { reference: 'places', onDelete: 'cascade' },
      owner: { reference: 'users', onDelete: 'cascade', default: '$user', readOnly: true },
      secret: { type: 'string', maxLength: 20, private: true },
      pin: { type: 'string', maxLength: 20, writeOnly: true },
    },
    required: ['title', 'done'],
    search: ['title'],
    rules: {
      list: 'true',
      read: 'true',
      create: 'user != null',
      update: 'user != null',
      delete: 'record.owner == user.id',
    },
  },
];
