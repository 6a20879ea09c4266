import { checkDefinitions } from '#domain/collections/check/check-definitions.ts';
import { describeMistakes } from '#domain/collections/check/definition-reporter.ts';

export type Content = Readonly<Record<string, unknown>>;

/** The mistakes in these files, by their pointer; the file is told where there are several. */
export function mistakesIn(...contents: readonly Content[]): string[] {
  const files = contents.map((content) => ({
    file: `${String(content.name)}.json`,
    name: String(content.name),
    content,
  }));
  return describeMistakes(checkDefinitions(files).mistakes)
    .split('\n')
    .map((line) => (contents.length === 1 ? line.replace(/^\S+\.json ?/, '') : line));
}

/** The mistakes in a collection with the property `a`. */
export function inProperty(property: unknown, rest: Content = {}): string[] {
  return mistakesIn({ name: 'tasks', properties: { a: property }, ...rest });
}

export const text = { type: 'string', maxLength: 50 };
