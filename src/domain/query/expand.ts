import type { Collection } from '#domain/collections/model.ts';
import { invalidQuery, shown } from './invalid-query.ts';
import { splitList, type ListPart, visibleProperty, type QueryScope } from './property-names.ts';

const pathsMax = 20;
const depthMax = 3;

/** A reference whose record is returned in its place, and the references that are expanded in that record. */
export interface Expansion {
  readonly property: string;
  /** The collection the reference leads to. */
  readonly target: string;
  readonly children: readonly Expansion[];
}

interface GrowingExpansion extends Expansion {
  readonly children: GrowingExpansion[];
}

/** `project,project.owner`: paths of references the caller may read, at most 3 deep; a path brings its beginnings along. */
export function parseExpand(value: string, scope: QueryScope): readonly Expansion[] {
  const tree: GrowingExpansion[] = [];
  for (const path of splitList(value, ',', 'expand', pathsMax)) addPath(tree, path, scope);
  return tree;
}

function addPath(tree: GrowingExpansion[], path: ListPart, scope: QueryScope): void {
  let level = tree;
  let collection = scope.collection;
  for (const step of stepsOf(path)) {
    const place = { parameter: 'expand', position: step.position };
    const { name, reference } = visibleProperty(step.text, { collection, admin: scope.admin }, place);
    if (reference === undefined) {
      const detail = `"${shown(name)}" of ${collection.name} is not a reference, so it cannot be expanded.`;
      throw invalidQuery('expand', detail, step.position);
    }
    let node = level.find((each) => each.property === name);
    if (node === undefined) {
      node = { property: name, target: reference.collection, children: [] };
      level.push(node);
    }
    level = node.children;
    collection = scope.model.collections.get(reference.collection) as Collection;
  }
}

function stepsOf(path: ListPart): ListPart[] {
  const steps = splitList(path.text, '.', 'expand', depthMax + 1);
  if (steps.length > depthMax)
    throw invalidQuery('expand', `expand goes at most ${depthMax} references deep.`, path.position);
  return steps.map(({ text, position }) => ({ text, position: path.position + position }));
}
