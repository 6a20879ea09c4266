import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inOrder, type Lifecycle } from '#platform/lifecycle.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { lifecycleContract } from '../contracts/lifecycle.ts';

/** Services that write down what is done to them, and fail where `failing` says so: `start b`, `stop a`. */
function openList(failing: readonly string[] = []) {
  const calls: string[] = [];
  const lines: object[] = [];
  const call = async (name: string): Promise<void> => {
    calls.push(name);
    await Promise.resolve();
    if (failing.includes(name)) throw new Error(`${name} failed`);
  };
  const services: Lifecycle[] = ['a', 'b', 'c'].map((name) => ({
    name,
    start: () => call(`start ${name}`),
    stop: () => call(`stop ${name}`),
  }));
  const write = (fields: object, message: string) => void lines.push({ ...fields, message });
  const log: Log = { debug: write, info: write, warn: write, error: write };
  return { ...inOrder('all', services, log), calls, lines };
}

describe('services in order', () => {
  test('start forwards and stop backwards', async () => {
    const { start, stop, calls } = openList();
    await start();
    await stop();
    assert.deepEqual(calls, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  test('are all stopped when one cannot start, and the error is that of the start', async () => {
    const { start, calls } = openList(['start b', 'stop a']);
    await assert.rejects(Promise.resolve(start()), /start b failed/);
    assert.ok(!calls.includes('start c'));
    assert.deepEqual(calls.slice(-2), ['stop b', 'stop a']);
  });

  test('are stopped one and all when one of them cannot stop, which is logged', async () => {
    const { start, stop, calls, lines } = openList(['stop b']);
    await start();
    await stop();
    assert.deepEqual(calls.slice(3), ['stop c', 'stop b', 'stop a']);
    const [{ error, ...line } = {} as { error?: Error }] = lines as { error?: Error }[];
    assert.deepEqual(line, { service: 'b', message: 'could not be stopped' });
    assert.equal(error?.message, 'stop b failed');
  });

  test('are stopped once, however often it is asked for', async () => {
    const { start, stop, calls } = openList();
    await Promise.all([start(), stop(), stop()]);
    await stop();
    assert.equal(calls.filter((call) => call === 'stop a').length, 1);
    assert.equal(calls.at(-1), 'stop a');
  });
});

lifecycleContract('a list of services', () => openList());
