import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';
import { ExpressionError } from './error.ts';

export type Syntax = ASTNode;

/** The limits of a source. Checking the worst one within them takes a few milliseconds. */
export const limits = {
  /** UTF-16 units. */
  sourceLength: 8_000,
  nodes: 1_000,
  /** Of parentheses, calls, members and operators in one another; chains of && and || are flat. */
  depth: 48,
  listElements: 250,
  /** References in a row. */
  references: 8,
  /** `exists` and `all` in one another: the database may go over all of them for each record. */
  quantifiers: { rule: 4, filter: 2 },
} as const;

const environment = new Environment({
  limits: {
    maxAstNodes: limits.nodes,
    maxDepth: limits.depth,
    maxListElements: limits.listElements,
    maxMapEntries: 1,
    maxCallArguments: 8,
  },
});

/** The syntax tree of a CEL source. Throws ExpressionError. */
export function parse(source: string): Syntax {
  if (source.length > limits.sourceLength) {
    throw new ExpressionError(
      `The expression is too long: at most ${limits.sourceLength} characters are allowed.`,
      limits.sourceLength,
    );
  }
  if (!source.isWellFormed())
    throw new ExpressionError('The text is not valid Unicode.', loneSurrogate(source));
  try {
    return environment.parse(source).ast;
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

function asExpressionError(error: unknown, source: string): unknown {
  if (error instanceof RangeError) return new ExpressionError('The expression is nested too deeply.', 0);
  if (!(error instanceof ParseError)) return error;
  const position = Math.min(error.range?.start ?? 0, source.length);
  const found = source.slice(position, Math.min(error.range?.end ?? position, position + 20));
  return new ExpressionError(sentence(error, found), position);
}

const tokenNames: Readonly<Record<string, string>> = {
  EOF: 'the end',
  RPAREN: '")"',
  LPAREN: '"("',
  RBRACKET: '"]"',
  LBRACKET: '"["',
  RBRACE: '"}"',
  LBRACE: '"{"',
  IDENTIFIER: 'a name',
  COLON: '":"',
  COMMA: '","',
  DOT: '"."',
  QUESTION: '"?"',
  NUMBER: 'a number',
  STRING: 'a string',
  BOOLEAN: '"true" or "false"',
  NULL: '"null"',
  IN: '"in"',
  EQ: '"=="',
  NE: '"!="',
  LT: '"<"',
  LE: '"<="',
  GT: '">"',
  GE: '">="',
  AND: '"&&"',
  OR: '"||"',
  NOT: '"!"',
  PLUS: '"+"',
  MINUS: '"-"',
  MULTIPLY: '"*"',
  DIVIDE: '"/"',
  MODULO: '"%"',
};

/** The parser's own words, made a sentence. */
function sentence(error: ParseError, found: string): string {
  if (error.code === 'limit_exceeded') return limitSentence(error.summary);
  if (error.code === 'invalid_macro_argument')
    return 'This stands for a variable, as the m in members.exists(m, …).';
  if (error.code === 'unexpected_token' && found === '') return 'The expression ends too early.';
  if (error.code === 'unexpected_character' && found === '=') return 'Values are compared with "==".';
  if (error.code === 'unexpected_character' || error.code === 'unexpected_token')
    return `Unexpected ${quote(found)}.`;
  const words = error.summary.replace(/\b[A-Z]{2,}\b/g, (token) => tokenNames[token] ?? token.toLowerCase());
  return words.endsWith('.') ? words : `${words}.`;
}

const quote = (text: string): string => (text.includes('"') ? `'${text}'` : `"${text}"`);

function limitSentence(summary: string): string {
  if (summary.includes('maxAstNodes'))
    return `The expression is too large: at most ${limits.nodes} parts are allowed.`;
  if (summary.includes('maxListElements')) return `A list may have at most ${limits.listElements} elements.`;
  if (summary.includes('maxMapEntries')) return 'Maps are not supported.';
  if (summary.includes('maxCallArguments')) return 'There are too many arguments.';
  return `The expression is nested too deeply: at most ${limits.depth} levels are allowed.`;
}

function loneSurrogate(source: string): number {
  return /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.exec(source)?.index ?? 0;
}
