import { UnsupportedPattern, type PatternNode } from './syntax.ts';

/** Positions of a pattern (its atoms), and which may be matched right after which. */
export interface Automaton {
  /** Characters that each position matches, as bits over a sample of all characters. */
  readonly characters: readonly bigint[];
  /** Next positions; 2 where the same step can be taken in more than one way. */
  readonly next: readonly ReadonlyMap<number, number>[];
}

const positionsMax = 150;
/** Repetitions beyond this number count as endless: they multiply tries just as well. */
export const copiesMax = 3;

/** How often each position can come first or last, and in how many ways a part can match nothing; 2 is "many". */
interface Part {
  readonly first: ReadonlyMap<number, number>;
  readonly last: ReadonlyMap<number, number>;
  readonly empty: number;
}

const nothing: Part = { first: new Map(), last: new Map(), empty: 1 };

/** Glushkov's construction, with the number of ways kept. Throws UnsupportedPattern when it gets too large. */
export function automatonOf(root: PatternNode): Automaton {
  const atoms: string[] = [];
  const next: Map<number, number>[] = [];
  build(root);
  const sample = sampleFor(atoms);
  return { characters: atoms.map((atom) => matchedOf(atom, sample)), next };

  function build(node: PatternNode): Part {
    if (node.kind === 'empty') return nothing;
    if (node.kind === 'atom') return atom(node.source);
    if (node.kind === 'repeat') return repeat(node.part, node.min, node.max);
    const parts = node.parts.map(build);
    return node.kind === 'sequence' ? parts.reduce(join, nothing) : parts.reduce(either);
  }

  function atom(source: string): Part {
    if (atoms.length >= positionsMax) throw new UnsupportedPattern('too large');
    const position = atoms.push(source) - 1;
    next.push(new Map());
    const itself = new Map([[position, 1]]);
    return { first: itself, last: itself, empty: 0 };
  }

  function join(left: Part, right: Part): Part {
    connect(left.last, right.first);
    return {
      first: sum(left.first, right.first, left.empty),
      last: sum(right.last, left.last, right.empty),
      empty: Math.min(2, left.empty * right.empty),
    };
  }

  function repeat(part: PatternNode, min: number, max: number): Part {
    if (max > copiesMax) {
      const loop = build(part);
      connect(loop.last, loop.first);
      return { ...loop, empty: min === 0 || loop.empty > 0 ? 1 : 0 };
    }
    let whole = nothing;
    for (let copy = 0; copy < max; copy++) {
      const one = build(part);
      whole = join(whole, copy < min ? one : { ...one, empty: 1 });
    }
    return whole;
  }

  function connect(from: ReadonlyMap<number, number>, to: ReadonlyMap<number, number>): void {
    for (const [position, ways] of from) {
      const steps = next[position] as Map<number, number>;
      for (const [target, more] of to) steps.set(target, Math.min(2, (steps.get(target) ?? 0) + ways * more));
    }
  }
}

function either(left: Part, right: Part): Part {
  return {
    first: sum(left.first, right.first, 1),
    last: sum(left.last, right.last, 1),
    empty: Math.min(2, left.empty + right.empty),
  };
}

function sum(
  left: ReadonlyMap<number, number>,
  right: ReadonlyMap<number, number>,
  ways: number,
): Map<number, number> {
  const total = new Map(left);
  if (ways === 0) return total;
  for (const [position, count] of right)
    total.set(position, Math.min(2, (total.get(position) ?? 0) + count * ways));
  return total;
}

/** ASCII, some of each other kind of character, and every one that the pattern names. */
function sampleFor(atoms: readonly string[]): string[] {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const others = [...'\u00a0éßΩЖאا中あ한٣Ⅷ½€–“\u0301\u2028\ufeff😀𝐀'];
  return [...new Set([...ascii, ...others, ...atoms.join('')])];
}

function matchedOf(atom: string, sample: readonly string[]): bigint {
  const expression = new RegExp(`^${atom}$`, 'u');
  return sample.reduce(
    (bits, character, index) => (expression.test(character) ? bits | (1n << BigInt(index)) : bits),
    0n,
  );
}
