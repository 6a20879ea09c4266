import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eachDatabase } from '../support/databases.ts';
import { startTraffic } from '../support/load/traffic.ts';
import { temporaryFolder, type ServingPlinth } from '../support/plinth/process.ts';
import { startPlinth } from './plinth.ts';

const ada = { email: 'ada@example.com', password: 'correct horse' };
const reader = { email: 'reader@example.com', password: 'battery staple' };
const readers = 8;
/** People who read, not a race for the processor. */
const readPauseMs = 10;
/** A read that waited for its turn among fifty hashes would be overtaken by dozens of sign-ins, on any machine. */
const overtakenMax = 4;

eachDatabase((kind) => {
  test('reads do not wait for sign-ins while fifty people sign in at once', async (t) => {
    const databaseUrl = kind.name === 'postgres' ? await kind.createUrl() : undefined;
    const plinth = await startPlinth({ folder: temporaryFolder(), databaseUrl });
    await plinth.request('POST', '/auth/register', ada);
    const { accessToken } = (await plinth.request('POST', '/auth/register', reader)).body;
    await readDuringSignIns(plinth, accessToken, 10); // A process that has just begun is slow for reasons of its own.
    const overtaken = (await readDuringSignIns(plinth, accessToken, 50)).toSorted((a, b) => a - b);
    const p99 = overtaken[Math.ceil(overtaken.length * 0.99) - 1] as number;
    t.diagnostic(`${overtaken.length} reads, of which one in a hundred was overtaken by ${p99} sign-ins`);
    assert.ok(overtaken.length > 100, `only ${overtaken.length} reads`);
    assert.ok(p99 <= overtakenMax, `one read in a hundred was overtaken by ${p99} sign-ins`);
    await plinth.stop();
  });
});

/** For each read while the sign-ins went on: how many of them were answered while it waited for its own answer. */
async function readDuringSignIns(
  plinth: ServingPlinth,
  accessToken: string,
  signIns: number,
): Promise<number[]> {
  const overtaken: number[] = [];
  let signedIn = 0;
  const read = async () => {
    const before = signedIn;
    const headers = { authorization: `Bearer ${accessToken}` };
    assert.equal((await plinth.request('GET', '/auth/me', undefined, headers)).status, 200);
    overtaken.push(signedIn - before);
    await delay(readPauseMs);
  };
  const reading = startTraffic(Array.from({ length: readers }, () => read));
  const signIn = async () => {
    assert.equal((await plinth.request('POST', '/auth/login', ada)).status, 200);
    signedIn += 1;
  };
  await Promise.all(Array.from({ length: signIns }, signIn));
  await reading.stop();
  return overtaken;
}
