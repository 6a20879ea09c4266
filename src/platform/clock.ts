/** The time, as a dependency, so that tests can stand in for it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
