import { exhausted } from '#domain/exhausted.ts';
import { automatonOf, copiesMax, type Automaton } from './automaton.ts';
import { parsePattern, UnsupportedPattern, type PatternNode } from './syntax.ts';

export type Repetition = 'linear' | 'polynomial' | 'exponential' | 'not supported';

/** Combinations that a text may have to be tried with, in bits. */
const decisionsMax = 20;
/** Steps that one look at a pattern may take: about a tenth of a second. */
const stepsMax = 500_000;

/**
 * How the tries of a backtracking engine can grow with the text, from one starting position. They grow without bound
 * when a loop can be gone through in two ways with the same text, and as a power when two loops after each other can
 * share a text in many ways (Weideman et al., "Analyzing matching time behavior of backtracking regular expression
 * matchers by using ambiguity of NFA", 2016). More than two such loops in a row count as exponential.
 */
export function repetitionOf(source: string): Repetition {
  try {
    const parts: PatternNode[] = [];
    parts.push(parsePattern(source, parts));
    if (parts.some((part) => decisionsIn(part) > decisionsMax)) return 'exponential';
    const found = parts.map((part) => worstOf(automatonOf(part)));
    return (['exponential', 'polynomial'] as const).find((each) => found.includes(each)) ?? 'linear';
  } catch (error) {
    if (error instanceof UnsupportedPattern) return 'not supported';
    throw error;
  }
}

/** Decisions outside of loops, in bits: a text may have to be tried with every combination of them (`a?a?a?aaa`). */
function decisionsIn(node: PatternNode): number {
  switch (node.kind) {
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + decisionsIn(part), 0);
    case 'choice':
      return Math.log2(node.parts.length) + Math.max(...node.parts.map(decisionsIn));
    case 'repeat':
      // The automaton of a loop shows whether there are two ways through it.
      return node.max > copiesMax
        ? 0
        : Math.log2(node.max - node.min + 1) + node.max * decisionsIn(node.part);
    case 'empty':
    case 'atom':
      return 0;
    default:
      return exhausted(node);
  }
}

function worstOf(automaton: Automaton): Repetition {
  const walk = new Walk();
  const loops = loopsOf(automaton, walk);
  const twice = automaton.next.some((steps, from) =>
    [...steps].some(([to, ways]) => ways > 1 && loops[from] !== undefined && loops[from] === loops[to]),
  );
  if (twice || hasTwoWaysRound(automaton, loops, walk)) return 'exponential';
  const shared = sharedLoops(automaton, loops, walk);
  if (shared.length === 0) return 'linear';
  const inARow = shared.some(([, second]) => shared.some(([first]) => first === second));
  return inARow ? 'exponential' : 'polynomial';
}

/** For each position the loop it is part of (the least position of it), undefined for none. */
function loopsOf({ next }: Automaton, walk: Walk): (number | undefined)[] {
  const reached = next.map((_, from) =>
    walk.reachedFrom(from, (position) => (next[position] as Map<number, number>).keys()),
  );
  return next.map((_, position) => {
    const mine = reached[position] as ReadonlySet<number>;
    if (!mine.has(position)) return undefined;
    return next.findIndex(
      (__, other) => mine.has(other) && (reached[other] as ReadonlySet<number>).has(position),
    );
  });
}

/** Two different ways through a loop that the same text takes: from a pair of equal positions apart and together again. */
function hasTwoWaysRound(automaton: Automaton, loops: readonly (number | undefined)[], walk: Walk): boolean {
  const size = automaton.next.length;
  const steps = (pair: number) =>
    together(walk, automaton, [Math.floor(pair / size), pair % size], (target, index) => {
      const from = index === 0 ? Math.floor(pair / size) : pair % size;
      return loops[target] === loops[from];
    }).map(([left, right]) => (left as number) * size + (right as number));
  for (let position = 0; position < size; position++) {
    if (loops[position] === undefined) continue;
    const apart = walk.reachedFrom(position * size + position, steps);
    for (const pair of apart) {
      const isApart = Math.floor(pair / size) !== pair % size;
      if (isApart && walk.reachedFrom(pair, steps).has(position * size + position)) return true;
    }
  }
  return false;
}

/** Pairs of loops, one after the other, for which some text goes round the first, from it to the second, and round that. */
function sharedLoops(
  automaton: Automaton,
  loops: readonly (number | undefined)[],
  walk: Walk,
): [number, number][] {
  const size = automaton.next.length;
  const shared: [number, number][] = [];
  const inLoops = [...loops.keys()].filter((position) => loops[position] !== undefined);
  for (const first of inLoops) {
    for (const second of inLoops) {
      const [from, to] = [loops[first] as number, loops[second] as number];
      if (from === to || shared.some(([a, b]) => a === from && b === to)) continue;
      const code = (triple: readonly number[]) => triple.reduce((sum, position) => sum * size + position, 0);
      const steps = (triple: number) =>
        together(
          walk,
          automaton,
          [Math.floor(triple / size / size), Math.floor(triple / size) % size, triple % size],
          (target, index) => index === 1 || loops[target] === (index === 0 ? from : to),
        ).map(code);
      if (walk.reachedFrom(code([first, first, second]), steps).has(code([first, second, second])))
        shared.push([from, to]);
    }
  }
  return shared;
}

/** Where several readers of the same text can be one character later. */
function together(
  walk: Walk,
  { characters, next }: Automaton,
  positions: readonly number[],
  allowed: (target: number, index: number) => boolean,
): number[][] {
  let steps: { readonly targets: number[]; readonly common: bigint }[] = [{ targets: [], common: -1n }];
  for (const [index, position] of positions.entries()) {
    const targets = [...(next[position] as ReadonlyMap<number, number>).keys()].filter((target) =>
      allowed(target, index),
    );
    steps = steps.flatMap((step) =>
      targets.flatMap((target) => {
        walk.step();
        const common = step.common & (characters[target] as bigint);
        return common === 0n ? [] : [{ targets: [...step.targets, target], common }];
      }),
    );
  }
  return steps.map(({ targets }) => targets);
}

/** Goes through a graph, and gives up when that takes too long in all. */
class Walk {
  #steps = 0;

  step(): void {
    if (this.#steps++ === stepsMax) throw new UnsupportedPattern('too large');
  }

  /** Everything that can be reached in one step or more. */
  reachedFrom(start: number, steps: (node: number) => Iterable<number>): Set<number> {
    const reached = new Set<number>();
    const waiting = [start];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (const target of steps(node)) {
        this.step();
        if (reached.has(target)) continue;
        reached.add(target);
        waiting.push(target);
      }
    }
    return reached;
  }
}

/** Trying a pattern at every position of a text is quadratic by itself. */
const patternedLengthMax = 4_000;
/** The same for a pattern that may take quadratic time from each position. */
const ambiguousLengthMax = 256;

/** Longest text, in UTF-16 units, that a pattern is tried on; longer text does not match. */
export function patternedLengthMaxOf(source: string): number {
  return longestFor(repetitionOf(source));
}

export function longestFor(repetition: Repetition): number {
  return repetition === 'polynomial' ? ambiguousLengthMax : patternedLengthMax;
}
