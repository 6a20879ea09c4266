import type { CollectionDefinition } from '#domain/collections/definition.ts';

/** What the database holds, as the test knows it; replaced, never changed. */
export interface State {
  readonly boards: readonly Board[];
  readonly notes: readonly Note[];
}

interface Board {
  readonly id: string;
  readonly name: string;
  readonly open: boolean;
}

interface Note {
  readonly id: string;
  readonly rank: number;
  readonly public: boolean;
  readonly secret: string;
  readonly owner: string;
  readonly board: string | null;
}

export interface Reader {
  /** Undefined for nobody. */
  readonly id?: string;
  readonly admin: boolean;
}

/** The rules are what `visible` and `openBoard` say in JavaScript. */
export const definitions: readonly CollectionDefinition[] = [
  {
    name: 'boards',
    properties: { name: { type: 'string' }, open: { type: 'boolean' } },
    rules: { list: 'record.open', read: 'record.open' },
  },
  {
    name: 'notes',
    cache: { maxAge: 20 },
    properties: {
      rank: { type: 'integer' },
      public: { type: 'boolean' },
      secret: { type: 'string', private: true },
      owner: { reference: 'users' },
      board: { reference: 'boards', onDelete: 'cascade' },
    },
    rules: {
      list: 'record.public || record.owner == user.id || record.board.open',
      read: 'record.public || record.owner == user.id || record.board.open',
    },
  },
];

function visible(note: Note, { boards }: State, reader: Reader): boolean {
  if (reader.admin || note.public || (reader.id !== undefined && note.owner === reader.id)) return true;
  return boards.some(({ id, open }) => id === note.board && open);
}

function boardFor(note: Note, { boards }: State, reader: Reader): Board | undefined {
  return boards.find(({ id, open }) => id === note.board && (reader.admin || open));
}

export interface Query {
  readonly path: string;
  /** What the answer is made from. */
  collections(reader: Reader): readonly string[];
  /** What a reader gets for it: of each note what is compared. */
  answer(state: State, reader: Reader): unknown;
  /** The same of what was received. */
  of(status: number, body: Received): unknown;
}

type Shown = Readonly<Record<string, unknown>>;

export interface Received {
  readonly data?: readonly Shown[];
  readonly total?: number;
  readonly rank?: unknown;
  readonly secret?: unknown;
}

// Rules look at boards, and admins pass them.
const notesAndRules = ({ admin }: Reader) => (admin ? ['notes'] : ['notes', 'boards']);
const both = () => ['notes', 'boards'];
const line = (note: Note, reader: Reader) => [note.id, note.rank, reader.admin ? note.secret : undefined];
const lineOf = ({ id, rank, secret }: Shown) => [id, rank, secret];
const list = ({ notes }: State) => notes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const rows = (_status: number, { data = [] }: Received) => data.map(lineOf);

/** One for each way in which an answer can depend on something. */
export const queries: readonly Query[] = [
  {
    path: '/v1/notes?limit=200',
    collections: notesAndRules,
    answer: (state, reader) =>
      list(state)
        .filter((note) => visible(note, state, reader))
        .map((note) => line(note, reader)),
    of: rows,
  },
  {
    path: '/v1/notes?limit=200&filter=rank%20>%205%20%26%26%20public',
    collections: notesAndRules,
    answer: (state, reader) =>
      list(state)
        .filter((note) => note.rank > 5 && note.public)
        .map((note) => line(note, reader)),
    of: rows,
  },
  {
    path: '/v1/notes?limit=200&filter=board.name%20==%20"a"',
    collections: both,
    answer: (state, reader) =>
      list(state)
        .filter((note) => visible(note, state, reader) && boardFor(note, state, reader)?.name === 'a')
        .map((note) => line(note, reader)),
    of: rows,
  },
  {
    path: '/v1/notes?limit=1&count=exact',
    collections: notesAndRules,
    answer: (state, reader) => state.notes.filter((note) => visible(note, state, reader)).length,
    of: (_status, { total }) => total,
  },
  {
    path: '/v1/notes?limit=200&expand=board&sort=-rank',
    collections: both,
    answer: (state, reader) =>
      list(state)
        .filter((note) => visible(note, state, reader))
        .toSorted((a, b) => b.rank - a.rank || (a.id < b.id ? 1 : -1))
        .map((note) => [note.id, boardFor(note, state, reader)?.name]),
    of: (_status, { data = [] }) => data.map(({ id, board }) => [id, (board as Board | null)?.name]),
  },
];

/** One record by its id. */
export function single(id: string): Query {
  return {
    path: `/v1/notes/${id}`,
    collections: notesAndRules,
    answer(state, reader) {
      const note = state.notes.find((one) => one.id === id);
      return note && visible(note, state, reader) ? [200, ...line(note, reader).slice(1)] : [404];
    },
    of: (status, body) => (status === 200 ? [200, body.rank, body.secret] : [status]),
  };
}
