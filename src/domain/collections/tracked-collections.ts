import type { Expression } from '#domain/expressions/expression.ts';
import type { Collection, Model } from './model.ts';

/**
 * The collections of which each change is marked, because cached responses are made from them: those with `cache`, and
 * all that references and rules lead to from there, as far as their changes are logged. A filter may look into any other
 * collection as well; such a response is not cached.
 */
export function trackedCollectionsOf(model: Model): ReadonlySet<string> {
  const reached = new Set<string>();
  const add = (name: string): void => {
    const collection = model.collections.get(name);
    if (collection === undefined || reached.has(name)) return;
    reached.add(name);
    for (const next of ledTo(collection)) add(next);
  };
  for (const { name, definition } of model.collections.values())
    if (definition.cache !== undefined) add(name);
  const isLogged = (name: string) => model.collections.get(name)?.definition.changes !== false;
  return new Set([...reached].filter(isLogged));
}

/** The collections that an answer about this one may depend on: those of its references and of its reading rules. */
function ledTo({ properties, rules }: Collection): string[] {
  const references = [...properties.values()].flatMap(({ reference }) => reference?.collection ?? []);
  const read = [rules.list, rules.read].filter((rule): rule is Expression => rule !== undefined);
  return [...references, ...read.flatMap(({ reads, lists }) => [...reads, ...lists])];
}
