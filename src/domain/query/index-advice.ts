import type { Collection } from '#domain/collections/model.ts';
import type { Node } from '#domain/expressions/tree.ts';
import type { ListQuery } from './list-query.ts';
import { quoted } from './invalid-query.ts';

/** One sentence on how to make a list cheap that took too long. Names only properties that the query names. */
export function indexAdvice({ filter, sort, search, count }: ListQuery, collection: Collection): string {
  const properties = new Set<string>();
  if (filter !== undefined) addCompared(filter.tree, properties);
  const compared = [...properties];
  const isFound = compared.some((property) => isFirst(property, collection));
  const sorted = sort.filter(({ path }) => !path.source.includes('.')).map(({ path }) => path.source);
  const keys = sorted.filter((name) => name !== 'id');
  if (compared.length > 0 && !isFound)
    return `An index on ${quoted([...compared.slice(0, 1), ...keys.filter((name) => name !== compared[0])])} would help.`;
  if (keys.length > 0 && !isServed(keys, collection)) return `An index on ${quoted(keys)} would help.`;
  if (sorted.length < sort.length)
    return 'A sort by a property of the record itself, with an index, would help.';
  if (count) return 'Leave out count=exact, or narrow the filter.';
  if (search !== undefined) return 'More words, or longer ones, would help.';
  return 'A filter that compares an indexed property with == would help.';
}

/** Properties of the record itself that every record in the list has a certain value of. */
function addCompared(node: Node, properties: Set<string>): void {
  if (node.op === 'and') for (const arg of node.args) addCompared(arg, properties);
  if (node.op === 'equal' && !node.negated) {
    for (const [one, other] of [
      [node.left, node.right],
      [node.right, node.left],
    ] as const)
      if (other.op !== 'field' && one.op === 'field' && one.of.op === 'root')
        properties.add(one.property.name);
  }
}

function isFirst(property: string, { indexes }: Collection): boolean {
  return property === 'id' || indexes.some(({ properties }) => properties[0] === property);
}

function isServed(keys: readonly string[], { indexes }: Collection): boolean {
  return indexes.some(({ properties }) => keys.every((key, index) => properties[index] === key));
}
