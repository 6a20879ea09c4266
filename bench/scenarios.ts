import type { Request } from '../tests/support/load/wire.ts';
import type { Side, SideName } from './sides.ts';
import { taskBody } from './tasks.ts';

export const scenarioNames = ['get', 'list', 'create', 'patch', 'mixed'] as const;
/** Lists as a cache meets them: the same few again and again, and each only once. */
export const cacheScenarioNames = ['again', 'once'] as const;
export type ScenarioName = (typeof scenarioNames | typeof cacheScenarioNames)[number];

/** Those that change nothing. */
export const readOnlyScenarios: readonly ScenarioName[] = ['get', 'list', ...cacheScenarioNames];

/** Least ratio of Plinth's requests a second to those of the bare server; of a cache to those without. */
export const goals: Readonly<Partial<Record<SideName, Readonly<Partial<Record<ScenarioName, number>>>>>> = {
  'plinth, limits off': { get: 0.6, list: 0.6 },
  plinth: { get: 0.55, list: 0.6, create: 0.8, patch: 0.8 },
  'plinth, limits on Redis': { get: 0.35 },
  'plinth, cache in memory': { again: 3, once: 0.95 },
  'plinth, cache on Redis': { again: 3, once: 0.95 },
};

/** One in how many requests of the mixed load, in percent; the rest are gets. */
const mix = { list: 20, create: 10, patch: 10 } as const;
const statuses = ['todo', 'doing', 'done'];
/** So many projects are looked at again and again. */
const popularProjects = 100;

/** What to send to a side, each call another request; both sides get the same sequence of choices. */
export function requestsFor(side: Side): Readonly<Record<ScenarioName, () => Request>> {
  const random = createRandom();
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  let created = side.taskIds.length;

  const get = () => ({ method: 'GET', target: `/v1/tasks/${pick(side.taskIds)}` });
  const list = () => ({ method: 'GET', target: listTarget(side.name, pick(side.projects), pick(statuses)) });
  const create = () => ({
    method: 'POST',
    target: '/v1/tasks',
    body: taskBody(created++, side.projects),
  });
  const patch = () => ({
    method: 'PATCH',
    target: `/v1/tasks/${pick(side.taskIds)}`,
    body: { status: pick(statuses), priority: 1 + Math.floor(random() * 5) },
  });
  const mixed = () => {
    const percent = random() * 100;
    if (percent < mix.list) return list();
    if (percent < mix.list + mix.create) return create();
    if (percent < mix.list + mix.create + mix.patch) return patch();
    return get();
  };
  const popular = side.projects.slice(0, popularProjects);
  const again = () => ({ method: 'GET', target: listTarget(side.name, pick(popular), pick(statuses)) });
  let asked = 0;
  const once = () => ({
    method: 'GET',
    target: listTarget(side.name, pick(side.projects), pick(statuses), `priority < ${1_000 + asked++}`),
  });
  return { get, list, create, patch, mixed, again, once };
}

/** A project's tasks of one status, by title, twenty of them. */
function listTarget(side: SideName, project: string, status: string, ...more: string[]): string {
  if (side === 'bare') return `/v1/tasks?project=${project}&status=${status}&limit=20`;
  const conditions = [`project == "${project}"`, `status == "${status}"`, ...more];
  const filter = encodeURIComponent(conditions.join(' && '));
  return `/v1/tasks?filter=${filter}&sort=title`;
}

/** Park and Miller's generator: the same numbers each run. */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
