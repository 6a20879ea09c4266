import type { CollectionDefinition } from '#domain/collections/definition.ts';

export const projects: CollectionDefinition = {
  name: 'projects',
  properties: {
    name: { type: 'string', maxLength: 100 },
    open: { type: 'boolean', default: true },
    budget: { type: 'number', private: true },
    owner: { reference: 'users', default: '$user', readOnly: true },
  },
  required: ['name'],
  indexes: [['name']],
  rules: {
    list: 'record.open || record.owner == user.id',
    read: 'record.open || record.owner == user.id',
    create: 'user != null',
    update: 'record.owner == user.id',
    delete: 'record.owner == user.id',
  },
};

export const tasks: CollectionDefinition = {
  name: 'tasks',
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 200 },
    status: { enum: ['todo', 'doing', 'done'], default: 'todo' },
    priority: { type: 'integer', minimum: 1, maximum: 5, default: 3 },
    dueOn: { type: 'string', format: 'date' },
    at: { type: 'string', format: 'date-time' },
    labels: { type: 'array', items: { type: 'string' }, maxItems: 20, uniqueItems: true },
    meta: { type: 'object' },
    project: { reference: 'projects', onDelete: 'cascade' },
    owner: { reference: 'users', default: '$user', readOnly: true },
    note: { type: 'string', private: true },
  },
  required: ['title'],
  indexes: [['status', 'priority'], { properties: ['project', 'title'], unique: true }],
  search: ['title'],
  rules: {
    list: 'record.owner == user.id',
    read: 'record.owner == user.id',
    create: 'user != null',
    update: 'record.owner == user.id',
    delete: 'record.owner == user.id',
  },
};
