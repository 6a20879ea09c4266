import { insertRows, taskColumns, valuesOf } from './insert.ts';
import { send } from './load.ts';
import { median } from './compare.ts';
import type { ServerProcess } from './server-process.ts';
import type { Side } from './sides.ts';
import { taskBody, taskRow } from './tasks.ts';

export const scaleSizes = [1_000, 10_000, 100_000, 1_000_000] as const;

/** Medians of single requests, one after the other, in milliseconds. */
export interface ScaleRow {
  readonly rows: number;
  readonly get: number;
  readonly firstPage: number;
  /** Page 1,000 of 20 records each, or the last one of a smaller table. */
  readonly page1000: number;
  /** `status` and `priority` given, both in one index. */
  readonly filteredPage: number;
  readonly create: number;
}

interface Page {
  readonly page: { readonly next: string | null };
}

const samples = 200;
const pageSize = 20;
const longestPage = 200;

/** Fills the table up to `rows` in front of the stopped server; `present` tasks are there already. */
export async function fillUpTo(side: Side, present: number, rows: number): Promise<void> {
  await insertRows(side.database, 'tasks', taskColumns, missing());

  function* missing() {
    for (let number = present; number < rows; number++) {
      yield valuesOf(taskRow(number, side.projects, side.owner));
    }
  }
}

export async function measureScale(side: Side, server: ServerProcess, rows: number): Promise<ScaleRow> {
  const ask = (target: string) => send(server.port, side.headers, { method: 'GET', target });
  const cursor = await cursorOfPage(ask, Math.min(1_000, Math.floor(rows / pageSize)));
  const filter = encodeURIComponent('status == "todo" && priority == 3');
  // Numbers that no other task of the run has: what is created here stays in the table.
  let number = 10 * (scaleSizes.at(-1) as number) + rows;
  return {
    rows,
    get: await medianMs((index) => ask(`/v1/tasks/${side.taskIds[index % side.taskIds.length]}`)),
    firstPage: await medianMs(() => ask('/v1/tasks')),
    page1000: await medianMs(() => ask(`/v1/tasks?cursor=${cursor}`)),
    filteredPage: await medianMs(() => ask(`/v1/tasks?filter=${filter}`)),
    create: await medianMs(() =>
      send(server.port, side.headers, {
        method: 'POST',
        target: '/v1/tasks',
        body: taskBody(number++, side.projects),
      }),
    ),
  };
}

/** Cursors do not depend on the page size, so the way there takes long pages first. */
async function cursorOfPage(ask: (target: string) => Promise<unknown>, page: number): Promise<string> {
  const skipped = (page - 1) * pageSize;
  const steps = [
    ...Array<number>(Math.floor(skipped / longestPage)).fill(longestPage),
    ...Array<number>((skipped % longestPage) / pageSize).fill(pageSize),
  ];
  let cursor = '';
  for (const limit of steps) {
    const from = cursor === '' ? '' : `&cursor=${cursor}`;
    cursor = ((await ask(`/v1/tasks?limit=${limit}${from}`)) as Page).page.next as string;
  }
  return cursor;
}

async function medianMs(request: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < samples; index++) {
    const startedAt = performance.now();
    await request(index);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
