import { readdir, readFile } from 'node:fs/promises';
import { extname, join, basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkDefinitions, type DefinitionFile } from '#domain/collections/check/check-definitions.ts';
import { describeMistakes, type Mistake } from '#domain/collections/check/definition-reporter.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { Refusal } from '#domain/errors/refusal.ts';
import { parseJson } from './parse-json.ts';

const endings = new Set(['.json', '.ts', '.js']);
const fileBytesMax = 1_048_576;
const depthMax = 100;

/** Reads and checks every definition of a folder. Throws a Refusal that lists every mistake of every file. */
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
  // What an unreadable file declares is not known, so the others may seem to refer to nothing.
  const checked = mistakes.length > 0 ? { definitions: [], mistakes } : checkDefinitions(files);
  if (checked.mistakes.length > 0) {
    throw new Refusal(`The collections are not valid.\n${describeMistakes(checked.mistakes)}`);
  }
  return checked.definitions;
}

async function definitionFiles(directory: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'is not there' : `cannot be read (${(error as Error).message})`;
    throw new Refusal(
      `The folder of collections ${resolve(directory)} ${reason}. Make it, or set COLLECTIONS_DIR to the right one.`,
      { cause: error },
    );
  }
  return names
    .filter((name) => endings.has(extname(name)) && !name.startsWith('.') && !name.endsWith('.d.ts'))
    .toSorted();
}

async function read(file: string): Promise<unknown> {
  const text = await readFile(file);
  if (text.length > fileBytesMax) throw new Error('the file is larger than 1 MiB');
  if (extname(file) === '.json') return parseJson(text);
  // A module is kept for ever under its address: another query makes it a fresh one.
  const address = pathToFileURL(resolve(file));
  address.search = `?read=${performance.now()}`;
  const module = (await import(address.href)) as { default?: unknown };
  if (module.default === undefined) throw new Error('the module has no default export');
  return plain(module.default);
}

/**
 * What the database keeps is JSON, so a definition has to be: a function, a date or a cycle is not turned into it in
 * silence. What is undefined is not there, as in JSON.stringify.
 */
function plain(part: unknown, pointer = '', depth = 0): unknown {
  if (part === null || typeof part === 'string' || typeof part === 'boolean' || Number.isFinite(part))
    return part;
  if (depth < depthMax && Array.isArray(part)) {
    return part.map((item, index) => plain(item, `${pointer}/${index}`, depth + 1));
  }
  const prototype: unknown = typeof part === 'object' ? Object.getPrototypeOf(part) : undefined;
  if (depth === depthMax || (prototype !== null && prototype !== Object.prototype)) {
    throw new Error(`${pointer === '' ? 'the default export' : `what is at ${pointer}`} is not JSON`);
  }
  const entries = Object.entries(part as object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, plain(value, `${pointer}/${key}`, depth + 1)]),
  );
}
