import type { Request } from './load.ts';
import type { Side, SideName } from './sides.ts';
import { taskBody } from './tasks.ts';

export const scenarioNames = ['get', 'list', 'create', 'patch', 'mixed'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Those that change nothing. */
export const readOnlyScenarios: readonly ScenarioName[] = ['get', 'list'];

/** Least ratio of Plinth's requests a second to those of the bare server. */
export const goals: Readonly<Partial<Record<SideName, Readonly<Partial<Record<ScenarioName, number>>>>>> = {
  'plinth, limits off': { get: 0.6, list: 0.6 },
  plinth: { get: 0.55, list: 0.6, create: 0.8, patch: 0.8 },
  'plinth, limits on Redis': { get: 0.35 },
};

/** One in how many requests of the mixed load, in percent; the rest are gets. */
const mix = { list: 20, create: 10, patch: 10 } as const;
const statuses = ['todo', 'doing', 'done'];

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
  return { get, list, create, patch, mixed };
}

/** A project's tasks of one status, by title, twenty of them. */
function listTarget(side: SideName, project: string, status: string): string {
  if (side === 'bare') return `/v1/tasks?project=${project}&status=${status}&limit=20`;
  const filter = encodeURIComponent(`project == "${project}" && status == "${status}"`);
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
