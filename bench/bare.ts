import { randomUUIDv7 } from 'node:crypto';
import fastify from 'fastify';
import type { BareStore, Page } from './bare-store.ts';
import type { TaskBody } from './tasks.ts';

/**
 * What Plinth is measured against: tasks served by hand with Fastify and a driver, and nothing else. One JSON Schema a
 * route; nobody signs in, nothing is logged, no rule is checked.
 *
 * From the environment: PORT, OWNER (the user whose tasks these are), and DATABASE_URL (`postgres://…`, or the path of
 * a SQLite file).
 */
const { PORT, OWNER, DATABASE_URL } = process.env as Record<'PORT' | 'OWNER' | 'DATABASE_URL', string>;

const properties = {
  title: { type: 'string', minLength: 1, maxLength: 200 },
  status: { enum: ['todo', 'doing', 'done'] },
  priority: { type: 'integer', minimum: 1, maximum: 5 },
  dueOn: { type: 'string', format: 'date' },
  labels: { type: 'array', items: { type: 'string' }, maxItems: 20 },
  project: { type: 'string', format: 'uuid' },
} as const;
const id = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } } as const;
const page = {
  type: 'object',
  properties: {
    project: properties.project,
    status: properties.status,
    limit: { type: 'integer', minimum: 1, maximum: 200, default: 20 },
  },
  required: ['project', 'status'],
} as const;
const creation = {
  type: 'object',
  properties: {
    ...properties,
    status: { ...properties.status, default: 'todo' },
    priority: { ...properties.priority, default: 3 },
  },
  required: ['title'],
  additionalProperties: false,
} as const;
const change = { type: 'object', properties, minProperties: 1, additionalProperties: false } as const;

const store = await openStore();
const server = fastify();

server.route<{ Params: { id: string } }>({
  method: 'GET',
  url: '/v1/tasks/:id',
  schema: { params: id },
  handler: async (request, reply) =>
    (await store.get(request.params.id)) ?? reply.code(404).send({ message: 'not found' }),
});

server.route<{ Querystring: Page }>({
  method: 'GET',
  url: '/v1/tasks',
  schema: { querystring: page },
  handler: async (request) => {
    const { limit } = request.query;
    const found = await store.list(request.query);
    const data = found.slice(0, limit);
    const last = data.at(-1);
    const next =
      found.length > limit && last !== undefined
        ? Buffer.from(JSON.stringify([last.title, last.id])).toString('base64url')
        : null;
    return { data, page: { limit, next } };
  },
});

server.route<{ Body: TaskBody }>({
  method: 'POST',
  url: '/v1/tasks',
  schema: { body: creation },
  handler: async (request, reply) => {
    const createdAt = new Date().toISOString();
    const task = await store.create({ ...request.body, id: randomUUIDv7(), createdAt, owner: OWNER });
    return reply
      .code(201)
      .header('location', `/v1/tasks/${String(task.id)}`)
      .send(task);
  },
});

server.route<{ Params: { id: string }; Body: Partial<TaskBody> }>({
  method: 'PATCH',
  url: '/v1/tasks/:id',
  schema: { body: change },
  handler: async (request, reply) =>
    (await store.patch(request.params.id, request.body, new Date().toISOString())) ??
    reply.code(404).send({ message: 'not found' }),
});

await server.listen({ host: '127.0.0.1', port: Number(PORT) });

async function openStore(): Promise<BareStore> {
  if (DATABASE_URL.startsWith('postgres')) {
    const { openBarePostgres } = await import('./bare-postgres.ts');
    return openBarePostgres(DATABASE_URL);
  }
  const { openBareSqlite } = await import('./bare-sqlite.ts');
  return openBareSqlite(DATABASE_URL);
}
