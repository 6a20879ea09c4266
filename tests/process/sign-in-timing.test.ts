import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswords } from '#platform/passwords.ts';
import { ada, home, openRig, problem } from '../services/auth/rig.ts';
import { eachDatabase } from '../support/databases.ts';

const rounds = 100;
/** A machine that does something else meanwhile can spoil a measurement; a leak spoils every one of them. */
const attemptsMax = 3;

eachDatabase((kind) => {
  test('a sign-in with an unknown address takes as long as one with a known address', async () => {
    const { auth } = await openRig(kind, { passwords: createPasswords() });
    await auth.register(ada, home);
    let difference = Infinity;
    for (let attempt = 0; attempt < attemptsMax && difference > 0.1; attempt++) {
      const spent = { known: [] as number[], unknown: [] as number[] };
      for (let round = 0; round < rounds; round++) {
        // In turns, and in changing order: whatever slows the machine down slows both.
        const order = round % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
        for (const which of order) {
          const email = which === 'known' ? ada.email : `eve${round}@example.com`;
          const started = performance.now();
          await assert.rejects(
            auth.login({ email, password: 'wrong horse' }, home),
            problem('invalid_credentials'),
          );
          spent[which].push(performance.now() - started);
        }
      }
      const [known, unknown] = [median(spent.known), median(spent.unknown)];
      difference = Math.abs(unknown - known) / known;
    }
    assert.ok(difference <= 0.1, `the medians differ by ${Math.round(difference * 100)} %`);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
