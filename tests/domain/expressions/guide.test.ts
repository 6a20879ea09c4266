import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { filter, rule } from '../../support/expressions/shapes.ts';

const guide = readFileSync(new URL('../../../docs/expressions.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/```cel (rule|filter)\n([^`]*)```/g)];

describe('docs/expressions.md', () => {
  for (const [, kind, text] of blocks) {
    for (const source of text!.trim().split('\n')) {
      it(`shows a ${kind} that is one: ${source}`, () => {
        assert.ok(kind === 'rule' ? rule(source) : filter(source));
      });
    }
  }

  it('shows every function and operator', () => {
    const examples = blocks.map(([, , text]) => text).join('\n');
    const parts = [
      'startsWith(',
      'endsWith(',
      'contains(',
      'lowerAscii(',
      'size(',
      '.size()',
      'has(',
      'exists(',
      'all(',
    ];
    const operators = [
      '==',
      '!=',
      '<',
      '<=',
      '>',
      '>=',
      '&&',
      '||',
      '!has',
      '?',
      '+',
      '-',
      '*',
      '/',
      '%',
      ' in ',
    ];
    for (const part of [...parts, ...operators, 'timestamp(', 'duration('])
      assert.ok(examples.includes(part), part);
  });
});
