import type { Expression } from '#domain/expressions/expression.ts';
import type { Collection, Model } from './model.ts';

/** Of which collections this program marks each change, because kept answers are made from them. */
export interface TrackedCollections {
  readonly collections: ReadonlySet<string>;
  /** By collection: whose records go, or lose a reference, when records of it are removed. */
  readonly cascades: ReadonlyMap<string, ReadonlySet<string>>;
}

export const nothingTracked: TrackedCollections = { collections: new Set(), cascades: new Map() };

/**
 * What a model wants watched: the collections with `cache`, and all that references and rules lead to from there.
 * A filter may look into any other collection as well; such an answer is not kept.
 */
export function trackedCollectionsOf(model: Model): TrackedCollections {
  const collections = new Set<string>();
  const names = [...model.collections.values()];
  const add = (name: string): void => {
    const collection = model.collections.get(name);
    if (collection === undefined || collections.has(name)) return;
    collections.add(name);
    for (const next of ledTo(collection)) add(next);
  };
  for (const { name, definition } of names) if (definition.cache !== undefined) add(name);
  if (collections.size === 0) return nothingTracked;
  return { collections, cascades: new Map(names.map(({ name }) => [name, removedWith(model, name)])) };
}

/** Where an answer about a collection may take something from: its references, and what its reading rules look at. */
function ledTo({ properties, rules }: Collection): string[] {
  const references = [...properties.values()].flatMap(({ reference }) => reference?.collection ?? []);
  const read = [rules.list, rules.read].filter((rule): rule is Expression => rule !== undefined);
  return [...references, ...read.flatMap(({ reads, lists }) => [...reads, ...lists])];
}

function removedWith(model: Model, name: string): ReadonlySet<string> {
  const changed = new Set<string>();
  const removed = [name];
  for (const target of removed) {
    for (const { name: referrer, properties } of model.collections.values()) {
      for (const { reference } of properties.values()) {
        if (reference?.collection !== target || reference.onDelete === 'restrict') continue;
        changed.add(referrer);
        if (reference.onDelete === 'cascade' && !removed.includes(referrer)) removed.push(referrer);
      }
    }
  }
  return changed;
}
