import fc from 'fast-check';

/** The contract: what another replica has written is seen after so long. */
export const othersMs = 1_000;

/** One thing that somebody does; numbers choose among what is there. */
export type Step =
  | { readonly kind: 'write'; readonly replica: number; readonly what: string; readonly pick: number }
  | {
      readonly kind: 'read';
      readonly replica: number;
      readonly reader: number;
      readonly query: number;
      readonly pick: number;
    }
  | { readonly kind: 'redis'; readonly what: string }
  | { readonly kind: 'clock'; readonly replica: number; readonly byMs: number }
  | { readonly kind: 'wait'; readonly ms: number };

const some = fc.nat(1_000);
const read = fc.record({
  kind: fc.constant('read' as const),
  replica: some,
  reader: some,
  query: some,
  pick: some,
});
const write = fc.record({
  kind: fc.constant('write' as const),
  replica: some,
  what: fc.constantFrom('put', 'put', 'patch', 'patch', 'give', 'delete', 'board', 'open', 'name', 'drop'),
  pick: some,
});
/** Steps that go on at the same time. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 50, arbitrary: fc.array(read, { minLength: 1, maxLength: 6 }) },
  { weight: 30, arbitrary: fc.tuple(write, read, read).map(([first, ...rest]) => [first, ...rest]) },
  { weight: 20, arbitrary: write.map((one) => [one]) },
  { weight: 10, arbitrary: fc.nat(60).map((ms) => [{ kind: 'wait' as const, ms }]) },
  { weight: 2, arbitrary: fc.constant([{ kind: 'wait' as const, ms: othersMs }]) },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom('pause', 'resume', 'resume', 'kill', 'start', 'start', 'empty')
      .map((what) => [{ kind: 'redis' as const, what }]),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ replica: some, byMs: fc.integer({ min: -30_000, max: 30_000 }) })
      .map((one) => [{ kind: 'clock' as const, ...one }]),
  },
);
