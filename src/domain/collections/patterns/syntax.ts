/** A regular expression as far as its repetitions need it; captures, greed and the like make no difference to them. */
export type PatternNode =
  | { readonly kind: 'empty' }
  /** Matches one character: the source of a literal, an escape or a class. */
  | { readonly kind: 'atom'; readonly source: string }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

export class UnsupportedPattern extends Error {}

const empty: PatternNode = { kind: 'empty' };

/**
 * Parses the source of a valid expression with the flag `u`; `lookarounds` receives the contents of its lookarounds,
 * because they are tried by themselves. Throws UnsupportedPattern for references back to a group and for flags inside.
 */
export function parsePattern(source: string, lookarounds: PatternNode[]): PatternNode {
  let at = 0;
  const node = choice();
  return node;

  function choice(): PatternNode {
    const parts = [sequence()];
    while (source[at] === '|') {
      at += 1;
      parts.push(sequence());
    }
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: 'choice', parts };
  }

  function sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(quantified(term()));
    return { kind: 'sequence', parts };
  }

  function term(): PatternNode {
    const rest = source.slice(at);
    if (rest.startsWith('^') || rest.startsWith('$') || /^\\[bB]/.test(rest)) {
      at += rest.startsWith('\\') ? 2 : 1;
      return empty;
    }
    if (rest.startsWith('(')) return group(rest);
    if (/^\\([1-9]|k)/.test(rest)) throw new UnsupportedPattern('reference back');
    return {
      kind: 'atom',
      source: take(
        /^(\[(\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|(\\u[\dA-F]{4}){1,2}|\\x..|\\c.|\\.|.)/isu,
      ),
    };
  }

  function group(rest: string): PatternNode {
    const opening = /^\((\?(<?[=!]|:|<[^>]*>))?/u.exec(rest) as RegExpExecArray;
    if (rest.startsWith('(?') && opening[1] === undefined) throw new UnsupportedPattern('flags inside');
    at += opening[0].length;
    const inside = choice();
    at += 1;
    if (!/[=!]$/.test(opening[0])) return inside;
    lookarounds.push(inside);
    return empty;
  }

  function quantified(part: PatternNode): PatternNode {
    const quantifier = /^(?:[*+?]|\{\d+(,\d*)?\})\??/.exec(source.slice(at))?.[0];
    if (quantifier === undefined) return part;
    at += quantifier.length;
    const [min, max] = boundsOf(quantifier);
    return { kind: 'repeat', part, min, max };
  }

  function take(expression: RegExp): string {
    const text = (expression.exec(source.slice(at)) as RegExpExecArray)[0];
    at += text.length;
    return text;
  }
}

function boundsOf(quantifier: string): [min: number, max: number] {
  if (quantifier.startsWith('*')) return [0, Infinity];
  if (quantifier.startsWith('+')) return [1, Infinity];
  if (quantifier.startsWith('?')) return [0, 1];
  const [low, high] = quantifier.slice(1, quantifier.indexOf('}')).split(',');
  return [Number(low), high === undefined ? Number(low) : high === '' ? Infinity : Number(high)];
}
