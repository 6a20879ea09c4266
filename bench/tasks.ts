import { randomUUIDv7 } from 'node:crypto';

/** What a client sends to create a task, on both servers. */
export interface TaskBody {
  readonly title: string;
  readonly status: string;
  readonly priority: number;
  readonly dueOn: string;
  readonly labels: readonly string[];
  readonly project: string;
}

/** A task as it is stored, without the columns that have no value. */
export interface TaskRow extends TaskBody {
  readonly id: string;
  readonly createdAt: string;
  readonly owner: string;
}

export const tasksPerProject = 100;
const statuses = ['todo', 'doing', 'done'] as const;
const labels = ['home', 'work', 'later', 'urgent', 'phone', 'waiting'] as const;

/** The task of a number: the same each run, unique by title, its project one of those given. */
export function taskBody(number: number, projects: readonly string[]): TaskBody {
  const day = String((number % 28) + 1).padStart(2, '0');
  return {
    title: `Task ${number} of the list that has to be done`,
    status: statuses[number % statuses.length] as string,
    priority: (Math.floor(number / statuses.length) % 5) + 1,
    dueOn: `2026-0${(number % 9) + 1}-${day}`,
    labels: [labels[number % labels.length] as string, labels[(number + 1) % labels.length] as string],
    project: projects[Math.floor(number / tasksPerProject) % projects.length] as string,
  };
}

export function taskRow(number: number, projects: readonly string[], owner: string): TaskRow {
  return {
    ...taskBody(number, projects),
    id: randomUUIDv7(),
    createdAt: new Date().toISOString(),
    owner,
  };
}
