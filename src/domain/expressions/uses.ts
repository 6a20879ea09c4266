import { children } from './nodes.ts';
import type { Node, RecordNode } from './tree.ts';

/** The dependencies of an expression; see Expression. */
export interface Uses {
  needsDatabase: boolean;
  usesPrevious: boolean;
  usesUser: boolean;
  usesNow: boolean;
  readonly reads: Set<string>;
  readonly lists: Set<string>;
  readonly collections: Set<string>;
  readonly properties: Set<string>;
}

/** Collects the dependencies of a tree over records of `collection`. */
export function usesOf(tree: Node, collection: string): Uses {
  const uses: Uses = {
    needsDatabase: false,
    usesPrevious: false,
    usesUser: false,
    usesNow: false,
    reads: new Set(),
    lists: new Set(),
    collections: new Set([collection]),
    properties: new Set(),
  };
  collect(tree, uses);
  return uses;
}

function collect(node: Node, uses: Uses): void {
  if (node.op === 'field') {
    uses.properties.add(`${node.of.collection}.${node.property.name}`);
    noteRecord(node.of, uses);
  } else if (node.op === 'quantifier' && 'collection' in node.over) {
    uses.needsDatabase = true;
    uses.lists.add(node.over.collection);
    uses.collections.add(node.over.collection);
  } else if (node.op === 'now') {
    uses.usesNow = true;
  } else if (node.op === 'signedIn') {
    uses.usesUser = true;
  }
  for (const child of children(node)) collect(child, uses);
}

function noteRecord(record: RecordNode, uses: Uses): void {
  if (record.op === 'dereference') {
    uses.needsDatabase = true;
    uses.reads.add(record.collection);
  }
  if (record.op === 'root' && record.name === 'previous') uses.usesPrevious = true;
  if (record.op === 'root' && record.name === 'user') uses.usesUser = true;
  uses.collections.add(record.collection);
}
