import { idOf } from './records.ts';

/** What the generator knows of the collections: where values of each type are found, and literals that matter. */

export type Vars = readonly { readonly name: string; readonly type: string }[];

export type Places = readonly (readonly [collection: string, property: string])[];

export const referencesToUsers: Places = [
  ['tasks', 'owner'],
  ['projects', 'owner'],
  ['members', 'user'],
  ['teams', 'lead'],
];
export const referencesToTeams: Places = [
  ['users', 'team'],
  ['projects', 'team'],
];
export const referencesToProjects: Places = [
  ['tasks', 'project'],
  ['members', 'project'],
];
export const referencesToTasks: Places = [['tasks', 'parent']];

export const ordered = ['string', 'int', 'double', 'decimal', 'date', 'timestamp', 'id'];
export const anyType = ['string', 'int', 'double', 'decimal', 'bool', 'date', 'timestamp', 'id'];

export const fieldsOf: Readonly<Record<string, Places>> = {
  bool: [
    ['tasks', 'done'],
    ['users', 'verified'],
  ],
  string: [
    ['tasks', 'title'],
    ['tasks', 'status'],
    ['users', 'role'],
    ['projects', 'name'],
    ['teams', 'name'],
    ['users', 'email'],
  ],
  int: [
    ['tasks', 'points'],
    ['tasks', 'priority'],
    ['users', 'level'],
    ['teams', 'size'],
    ['projects', 'version'],
  ],
  double: [
    ['tasks', 'score'],
    ['projects', 'budget'],
  ],
  decimal: [
    ['tasks', 'price'],
    ['tasks', 'rate'],
    ['projects', 'limit'],
  ],
  date: [
    ['tasks', 'dueOn'],
    ['projects', 'endsOn'],
  ],
  timestamp: [
    ['tasks', 'startedAt'],
    ['tasks', 'createdAt'],
    ['projects', 'createdAt'],
    ['users', 'updatedAt'],
  ],
  id: [
    ['tasks', 'owner'],
    ['users', 'id'],
    ['tasks', 'project'],
    ['tasks', 'id'],
    ['projects', 'owner'],
    ['users', 'team'],
    ['projects', 'team'],
    ['projects', 'id'],
  ],
  strings: [
    ['tasks', 'labels'],
    ['users', 'tags'],
  ],
  ints: [['tasks', 'numbers']],
  doubles: [['tasks', 'weights']],
  bools: [['tasks', 'flags']],
  json: [['tasks', 'meta']],
};

export const stringLiterals = [
  '"a"',
  '""',
  '"todo"',
  '"A"',
  '"\u{1f600}"',
  '"\\U0001F600b"',
  '"\uffee"',
  '"Straße"',
  '"%"',
  `"'"`,
  '"\\\\"',
  `"${idOf('users', 0)}"`,
];
export const intLiterals = [
  '1',
  '0',
  '2',
  '3',
  '-1',
  '7',
  '9007199254740991',
  '-9007199254740991',
  '94906267',
  '0x10',
  '2147483648',
];
export const doubleLiterals = [
  '0.5',
  '1.0',
  '0.0',
  '-2.5',
  '1e150',
  '1e-150',
  '1e151',
  '1e-151',
  '1e308',
  '3.0',
  '0.1',
  '9007199254740992.0',
];
export const decimalNumbers = [
  '0.0',
  '12.5',
  '-12.50',
  '1e0',
  '0.1',
  '12345678901234567890.12',
  '9007199254740993.0',
  '12.49999999999999999999',
];
export const decimalLiterals = [
  ...decimalNumbers,
  '"12.05"',
  '"-0.12345678901234567899"',
  '"99999999999999999999999999999999999999"',
];
export const timestampTexts = [
  '"2026-01-31T10:00:00Z"',
  '"2026-01-31T12:00:00+02:00"',
  '"0001-01-01T00:00:00Z"',
  '"9999-12-31T23:59:59.999Z"',
  '"2026-01-31T00:00:00-00:30"',
  '"2026-01-31"',
];
export const dateTexts = [
  '"2026-01-31"',
  '"2024-02-29"',
  '"0001-01-01"',
  '"2026-01-31T00:00:00Z"',
  '"2026-01-30T23:00:00-01:00"',
];
export const durationTexts = [
  '"1h"',
  '"0s"',
  '"24h"',
  '"-1.5s"',
  '"1ms"',
  '"8760h"',
  '"2562047h47m16.854s"',
  '"-87600000h"',
];
export const idTexts = [
  `"${idOf('users', 0)}"`,
  `"${idOf('users', 1).toUpperCase()}"`,
  '"a"',
  `"${idOf('projects', 2)}"`,
];
