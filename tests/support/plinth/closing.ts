import { after } from 'node:test';

type Close = () => unknown;

const open: Close[] = [];

// Outside of a run of tests nothing ends by itself: a script closes what it opens.
if (process.env.NODE_TEST_CONTEXT !== undefined) after(closeAll);

/**
 * Calls `close` when the test file is done, the latest first: what was opened on top of something else is closed before
 * it. Called from wherever something is opened, a `before` included; closing earlier as well must do no harm.
 */
export function closeAtEnd(close: Close): void {
  open.push(close);
}

async function closeAll(): Promise<void> {
  for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
}
