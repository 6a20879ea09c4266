import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Lifecycle } from '#platform/lifecycle.ts';

/**
 * Timers, whether they keep the process alive or not, connections and threads. Not the handles of files: Node reports
 * the end of one when its memory is collected, long after it was closed.
 */
const held = /^(Timeout|TCPWRAP|TCPSERVERWRAP|TCPCONNECTWRAP|TLSWRAP|PIPEWRAP|UDPWRAP|WORKER|MESSAGEPORT)$/i;

/**
 * What `work` has opened and not closed: kinds of resources of Node, and files below `folder`. Waits for what is closed
 * in later turns of the event loop.
 */
export async function leftOpenBy(work: () => Promise<unknown>, folder?: string): Promise<string[]> {
  const open = new Map<number, string>();
  const hook = createHook({
    init: (id, type) => void (held.test(type) && open.set(id, type)),
    destroy: (id) => void open.delete(id),
  }).enable();
  try {
    await work();
    const deadline = performance.now() + 5_000;
    const left = () => [...open.values(), ...openFilesIn(folder)];
    while (left().length > 0 && performance.now() < deadline) await nextTurn();
    return left();
  } finally {
    hook.disable();
  }
}

/** Databases open their files beneath Node, so the system is asked. */
function openFilesIn(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${name}`);
      return file.startsWith(folder) ? [file] : [];
    } catch {
      return [];
    }
  });
}

/** What everything that starts and stops does. `create` makes one that has not been started. */
export function lifecycleContract(name: string, create: () => Promise<Lifecycle> | Lifecycle): void {
  async function leavesNothing(use: (service: Lifecycle) => Promise<unknown>): Promise<void> {
    const service = await create();
    assert.deepEqual(await leftOpenBy(() => use(service)), []);
  }

  describe(`${name} keeps the contract of what starts and stops`, () => {
    it('stops without having been started', () => leavesNothing(async (service) => service.stop()));

    it('leaves nothing open once it has stopped', () =>
      leavesNothing(async (service) => {
        await service.start();
        await service.stop();
      }));

    it('may be stopped twice, one after the other', () =>
      leavesNothing(async (service) => {
        await service.start();
        await service.stop();
        await service.stop();
      }));

    it('may be stopped twice at the same time', () =>
      leavesNothing(async (service) => {
        await service.start();
        await Promise.all([service.stop(), service.stop()]);
      }));

    it('may be stopped while it starts', () =>
      leavesNothing(async (service) => {
        const starting = Promise.resolve(service.start()).catch(() => undefined);
        await service.stop();
        await starting;
      }));
  });
}
