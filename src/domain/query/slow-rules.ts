import type { Model } from '#domain/collections/model.ts';
import { adviceForPairs, untiedQuantifiers } from './untied-quantifiers.ts';

/** Rules that look at every record of a collection for each record that they decide: a sentence each, for operators. */
export function slowRules(model: Model): string[] {
  const sentences: string[] = [];
  for (const collection of model.collections.values()) {
    for (const [name, rule] of Object.entries(collection.rules)) {
      for (const untied of untiedQuantifiers(rule, model)) {
        const problem = `The rule "${name}" of "${collection.name}" looks at every record of "${untied.collections.at(-1)}" for each record it decides`;
        sentences.push(`${problem}: it gets slow when there are many. ${adviceForPairs(untied)}`);
      }
    }
  }
  return sentences;
}
