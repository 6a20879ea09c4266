import { DatabaseUnavailable, type Unit } from './database.ts';

const savepoint = { sql: 'SAVEPOINT attempt', parameters: [] };
const release = { sql: 'RELEASE SAVEPOINT attempt', parameters: [] };
const rollback = { sql: 'ROLLBACK TO SAVEPOINT attempt', parameters: [] };

/**
 * Runs part of a unit of work so that its failure is its own: what it did is undone, the error is thrown, and the unit
 * can go on. Attempts may lie within each other.
 */
export async function attempt<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
  await unit.run(savepoint);
  try {
    const value = await work();
    await unit.run(release);
    return value;
  } catch (error) {
    // Then the whole unit is lost, and so is the savepoint.
    if (!(error instanceof DatabaseUnavailable)) {
      await unit.run(rollback);
      await unit.run(release);
    }
    throw error;
  }
}
