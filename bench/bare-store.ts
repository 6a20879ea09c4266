import type { TaskBody } from './tasks.ts';

/** A task as the bare server answers it. */
export type Task = Readonly<Record<string, unknown>>;

export interface Page {
  readonly project: string;
  readonly status: string;
  readonly limit: number;
}

/** What the bare server needs of a database: four statements, each written by hand. */
export interface BareStore {
  get(id: string): Promise<Task | undefined>;
  /** By title; one row more than the limit, to see whether there is another page. */
  list(page: Page): Promise<Task[]>;
  /** Throws when the project does not exist or the title is taken. */
  create(task: NewTask): Promise<Task>;
  patch(id: string, changes: Partial<TaskBody>, updatedAt: string): Promise<Task | undefined>;
}

export type NewTask = TaskBody & { readonly id: string; readonly createdAt: string; readonly owner: string };

export const columns = [
  'id',
  'createdAt',
  'updatedAt',
  'version',
  'title',
  'status',
  'priority',
  'dueOn',
  'labels',
  'project',
  'owner',
] as const;

export const columnList = columns.map((column) => `"${column}"`).join(', ');
