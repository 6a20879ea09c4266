import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkDefinitions, type DefinitionFile } from '#domain/collections/check/check-definitions.ts';
import { describeMistakes, type Mistake } from '#domain/collections/check/definition-reporter.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { Problem } from '#domain/errors/problem.ts';
import { parseJson } from './parse-json.ts';
import { plain } from './plain.ts';

const endings = new Set(['.json', '.ts', '.js']);
const fileBytesMax = 1_048_576;

/**
 * Reads and checks every definition of a folder. Throws `unreadable_definitions`, or `invalid_definition` with every
 * mistake of every file.
 */
export async function loadDefinitions(directory: string): Promise<readonly CollectionDefinition[]> {
  const names = await definitionFiles(directory);
  const files: DefinitionFile[] = [];
  const mistakes: Mistake[] = [];
  for (const fileName of names) {
    const file = join(directory, fileName);
    try {
      files.push({ file, name: basename(fileName, extname(fileName)), content: await read(file) });
    } catch (error) {
      mistakes.push({ file, pointer: '', detail: error instanceof Error ? error.message : String(error) });
    }
  }
  return checkedDefinitions(files, mistakes);
}

/** Checks definitions that a program gives as values. Throws `invalid_definition` as `loadDefinitions` does. */
export function checkGivenDefinitions(given: readonly unknown[]): readonly CollectionDefinition[] {
  const files: DefinitionFile[] = [];
  const mistakes: Mistake[] = [];
  for (const [index, value] of given.entries()) {
    const file = `collections[${index}]`;
    try {
      const content = plain(value);
      files.push({ file, name: nameOf(content), content });
    } catch (error) {
      mistakes.push({ file, pointer: '', detail: (error as Error).message });
    }
  }
  return checkedDefinitions(files, mistakes);
}

function nameOf(content: unknown): string {
  return String((Object(content) as { readonly name?: unknown }).name);
}

function checkedDefinitions(
  files: readonly DefinitionFile[],
  unreadable: readonly Mistake[],
): readonly CollectionDefinition[] {
  // The collections of an unreadable file are unknown, so references to them would look like mistakes.
  const { definitions, mistakes } =
    unreadable.length > 0 ? { definitions: [], mistakes: unreadable } : checkDefinitions(files);
  if (mistakes.length === 0) return definitions;
  throw new Problem('invalid_definition', {
    detail: `The collections are not valid.\n${describeMistakes(mistakes)}`,
  });
}

async function definitionFiles(directory: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'is not there' : `cannot be read (${(error as Error).message})`;
    throw new Problem('unreadable_definitions', {
      detail: `The folder of collections ${resolve(directory)} ${reason}. Make it, or set COLLECTIONS_DIR to the right one.`,
      cause: error,
    });
  }
  return names
    .filter((name) => endings.has(extname(name)) && !name.startsWith('.') && !name.endsWith('.d.ts'))
    .toSorted();
}

async function read(file: string): Promise<unknown> {
  const text = bytesOf(file);
  if (extname(file) === '.json') return parseJson(text);
  // Node keeps a module for ever under its address; another query makes it load the file again.
  const address = pathToFileURL(resolve(file));
  address.search = `?read=${performance.now()}`;
  const module = (await import(address.href)) as { default?: unknown };
  if (module.default === undefined) throw new Error('the module has no default export');
  return plain(module.default);
}

/** Opened without waiting: a pipe would keep the start waiting for somebody to write to it, and a device has no end. */
function bytesOf(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new Error('this is no file, but a folder, a pipe or a device');
    if (found.size > fileBytesMax) throw new Error('the file is larger than 1 MiB');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
