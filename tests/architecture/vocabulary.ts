import { basename } from 'node:path';
import { commentsIn, identifiersIn } from './identifiers.ts';
import type { SourceFile } from './layers.ts';

interface ReservedWord {
  /** In any spelling: `session` is in `openSession`, `SessionCache` and `sessions`. */
  readonly word: string;
  readonly means: string;
  /** Where it is used in that sense. Nowhere when left out: the sense has another word. */
  readonly home?: RegExp;
  /** Only in the names of types, where it may be a plain word in others (a verb, `unit` of a duration). */
  readonly typesOnly?: true;
}

/** One noun, one meaning. The words of the field are in RFC 9110 (HTTP), 9457 (problems) and SQL. */
const reservedWords: readonly ReservedWord[] = [
  {
    word: 'session',
    means: 'somebody who is signed in; a database is read with a Reader and written in a Transaction',
    // PostgreSQL calls what a connection of its own carries a session, too.
    home: /^src\/(services\/auth|domain\/access|platform\/tokens|http\/(routes|openapi)|data\/repositories|data\/dialects\/postgres)/,
  },
  { word: 'unit', means: 'a Transaction', typesOnly: true },
  { word: 'journal', means: 'an idempotency record' },
  { word: 'answer', means: 'a Response at the door, a Result of a service', typesOnly: true },
  { word: 'reply', means: 'a Response, but for the FastifyReply that it is written to', typesOnly: true },
  { word: 'refusal', means: 'a Problem, for callers and operators', typesOnly: true },
  { word: 'caller', means: 'a Principal', typesOnly: true },
  { word: 'situation', means: 'a context' },
  { word: 'sight', means: 'ReadAccess' },
  { word: 'reach', means: 'Dependencies', typesOnly: true },
  { word: 'standing', means: 'an ActiveSession' },
  { word: 'herald', means: 'a publisher' },
  { word: 'undertaking', means: 'the steps of a write' },
  { word: 'admission', means: 'a LoadShedder' },
  { word: 'outrun', means: 'a key that is taken', typesOnly: true },
  { word: 'careful', means: 'findAllConflicts' },
  { word: 'tally', means: 'counts' },
];

/** Types that there is one of; whatever else would have the name has another one. */
const onlyDefinition: Readonly<Record<string, string>> = {
  Reader: 'src/data/database.ts',
  Transaction: 'src/data/database.ts',
  Operation: 'src/domain/operations.ts',
  Change: 'src/domain/changes.ts',
  Principal: 'src/domain/access/principal.ts',
  Problem: 'src/domain/errors/problem.ts',
  Result: 'src/services/records/result.ts',
};

/** Names that say nothing of what is in a file. */
const emptyNames = new Set(['parts', 'utils', 'util', 'helpers', 'common', 'misc', 'stuff']);

/** Names that are not ours: libraries', SQL's, and what the OpenAPI document has promised to its readers. */
const foreign = /_|^Fastify|Fastify/;
const promised = new Set(['BatchAnswer', 'OperationAnswer']);

const definition = /\b(?:class|interface|enum|type)\s+([A-Z]\w*)\s*(?=[<={]|extends|implements)/g;
const outsideDocument = /\b(?:the )?contract,? \(?section|\bhouse(?: rules?|\.md)\b|\breview\.md\b/i;

/** Every word that stands for another thing than it should, a sentence each. */
export function wrongWords({ path, text }: SourceFile): string[] {
  return [...reservedIn(path, text), ...redefinedIn(path, text), ...citedIn(path, text), ...namedAs(path)];
}

function reservedIn(path: string, text: string): string[] {
  const names = [...identifiersIn(text)].filter(([name]) => !foreign.test(name) && !promised.has(name));
  return reservedWords
    .filter(({ home }) => home?.test(path) !== true)
    .flatMap(({ word, means, typesOnly }) =>
      names
        .filter(
          ([name, words]) =>
            words.some((one) => one === word || one === `${word}s`) && (!typesOnly || isType(name)),
        )
        .map(([name]) => `${path}: ${name} has the word ${word}, which is ${means}`),
    );
}

function redefinedIn(path: string, text: string): string[] {
  return [...text.matchAll(definition)].flatMap(([, name = '']) => {
    const home = Object.hasOwn(onlyDefinition, name) ? onlyDefinition[name] : path;
    return home === path ? [] : [`${path}: there is one ${name}, in ${home}`];
  });
}

function citedIn(path: string, text: string): string[] {
  return commentsIn(text)
    .filter((comment) => outsideDocument.test(comment))
    .map((comment) => `${path}: a document that is not in the repository is cited: ${comment.slice(0, 80)}`);
}

function namedAs(path: string): string[] {
  const name = basename(path, '.ts');
  return emptyNames.has(name) ? [`${path}: the name ${name} does not say what is in it`] : [];
}

function isType(name: string): boolean {
  return /^[A-Z]/.test(name);
}
