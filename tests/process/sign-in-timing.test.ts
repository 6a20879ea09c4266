import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswords } from '#platform/passwords.ts';
import { ada, home, openAuth, problem } from '../services/auth/fixture.ts';
import { eachDatabase } from '../support/databases.ts';

const pairs = 40;

/**
 * Processor time, and not time on a clock: what else the machine does is not in it. The two of a pair follow each other,
 * in changing order, so that a slower processor slows both; the median of their differences ignores the odd one that a
 * collection of garbage fell into. That both do the same steps is counted in services/auth/login.test.ts.
 */
eachDatabase((kind) => {
  test('a sign-in with an unknown address costs as much as one with a known address', async (t) => {
    const { auth } = await openAuth(kind, { passwords: createPasswords() });
    await auth.register(ada, home);

    async function costMs(email: string): Promise<number> {
      const before = process.cpuUsage();
      await assert.rejects(
        auth.login({ email, password: 'wrong horse' }, home),
        problem('invalid_credentials'),
      );
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    }

    const known: number[] = [];
    const differences: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const stranger = `eve${pair}@example.com`;
      const first = await costMs(pair % 2 === 0 ? ada.email : stranger);
      const second = await costMs(pair % 2 === 0 ? stranger : ada.email);
      known.push(pair % 2 === 0 ? first : second);
      differences.push(pair % 2 === 0 ? second - first : first - second);
    }
    const share = Math.abs(median(differences)) / median(known);
    t.diagnostic(
      `${median(known).toFixed(1)} ms a sign-in, the difference is ${(100 * share).toFixed(1)} % of it`,
    );
    assert.ok(share <= 0.1, `they differ by ${Math.round(share * 100)} %`);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
