import { idOf } from './records.ts';

/**
 * Writes well-typed expressions over `tasks` from a list of choices, so that a shorter list with smaller numbers writes
 * a simpler expression: that is what fast-check shrinks.
 */
export class Generator {
  private readonly choices: readonly number[];
  private readonly isRule: boolean;
  private at = 0;
  private names = 0;

  constructor(choices: readonly number[], kind: 'rule' | 'filter') {
    this.choices = choices;
    this.isRule = kind === 'rule';
  }

  condition(): string {
    return this.bool(4, []);
  }

  private choose(count: number): number {
    return (this.choices[this.at++] ?? 0) % count;
  }

  private pick(options: readonly string[]): string {
    return options[this.choose(options.length)]!;
  }

  /** One of the ways to write a value: of the first `leaves` where it may not get deeper, else mostly of the others. */
  private one(depth: number, leaves: number, ways: readonly (() => string)[]): string {
    const simple = depth <= 0 || this.choose(5) === 0;
    const from = simple ? ways.slice(0, leaves) : ways.slice(leaves);
    return from[this.choose(from.length)]!();
  }

  /** A record of a collection that has a name here. */
  private record(vars: Vars, collection: string): string | undefined {
    const named = vars.filter((variable) => variable.type === collection).map((variable) => variable.name);
    const roots = collection === 'users' ? ['user'] : collection === 'tasks' ? ['record'] : [];
    const options = [...roots, ...named];
    return options.length === 0 ? undefined : this.pick(options);
  }

  /** `record.title`, or just `title` in a filter. */
  private property(collection: string, name: string, depth: number, vars: Vars): string {
    const record = this.record(vars, collection);
    const hop = depth > 0 && this.choose(4) === 1 ? this.hop(collection, depth - 1, vars) : undefined;
    const path = hop ?? record ?? this.hop(collection, depth - 1, vars)!;
    return path === 'record' && !this.isRule ? name : `${path}.${name}`;
  }

  /** A reference to a record of a collection. */
  private hop(collection: string, depth: number, vars: Vars): string | undefined {
    const from = {
      users: referencesToUsers,
      teams: referencesToTeams,
      projects: referencesToProjects,
      tasks: referencesToTasks,
    }[collection];
    if (from === undefined) return undefined;
    // Nothing refers to members: they are reached by a variable only.
    const places = from.filter(
      ([source]) => source !== 'members' || vars.some(({ type }) => type === 'members'),
    );
    const [source, name] = places[this.choose(depth <= 0 ? 1 : places.length)]!;
    return this.property(source, name, depth, vars);
  }

  private variable(vars: Vars, type: string): string | undefined {
    const named = vars.filter((variable) => variable.type === type).map((variable) => variable.name);
    return named.length === 0 ? undefined : this.pick(named);
  }

  private field(type: string, depth: number, vars: Vars): string {
    const variable = this.variable(vars, type);
    if (variable !== undefined && this.choose(2) === 0) return variable;
    const fields = fieldsOf[type]!;
    const [collection, name] = fields[this.choose(depth <= 0 ? Math.min(2, fields.length) : fields.length)]!;
    return this.property(collection, name, depth, vars);
  }

  private bool(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    return this.one(depth, 4, [
      () => `${this.field('bool', depth, vars)}`,
      () => this.pick(['true', 'false', '(user != null)', '(user == null)']),
      () => `(${this.field('string', depth, vars)} == ${this.string(0, vars)})`,
      () => `(${this.field('int', depth, vars)} ${this.pick(['==', '<', '>=', '!='])} ${this.int(0, vars)})`,
      () => `(${this.bool(deeper, vars)} ${this.pick(['&&', '||'])} ${this.bool(deeper, vars)})`,
      () => `!(${this.bool(deeper, vars)})`,
      () => this.equality(deeper, vars),
      () => this.equality(deeper, vars),
      () => this.order(deeper, vars),
      () => this.order(deeper, vars),
      () => `(${this.bool(deeper, vars)} ? ${this.bool(deeper, vars)} : ${this.bool(deeper, vars)})`,
      () => this.among(deeper, vars),
      () => this.within(deeper, vars),
      () =>
        `${this.text(deeper, vars)}.${this.pick(['startsWith', 'endsWith', 'contains'])}(${this.text(deeper, vars)})`,
      () => this.overList(deeper, vars),
      () => this.overCollection(deeper, vars),
      () => `has(${this.field(this.pick(anyType), deeper, vars)})`,
      () =>
        `(${this.field(this.pick([...anyType, 'json', 'strings', 'ints']), deeper, vars)} ${this.pick(['==', '!='])} null)`,
      () => `(${this.bool(deeper, vars)} ${this.pick(['==', '!='])} ${this.bool(deeper, vars)})`,
      () => `(${this.member(vars)} ${this.pick(['==', '!='])} ${this.bool(deeper, vars)})`,
    ]);
  }

  private equality(depth: number, vars: Vars): string {
    const [left, right] = this.pair(depth, vars);
    return `(${left} ${this.pick(['==', '!='])} ${right})`;
  }

  private order(depth: number, vars: Vars): string {
    const [left, right] = this.pair(depth, vars);
    return `(${left} ${this.pick(['<', '<=', '>', '>='])} ${right})`;
  }

  /** Two values that can be compared, of one type or of two that mix. */
  private pair(depth: number, vars: Vars): [string, string] {
    const both = (make: (depth: number, vars: Vars) => string): [string, string] => [
      make.call(this, depth, vars),
      make.call(this, depth, vars),
    ];
    switch (this.choose(15)) {
      case 0:
        return both(this.string);
      case 1:
        return both(this.int);
      case 2:
        return both(this.double);
      case 3:
        return [this.int(depth, vars), this.double(depth, vars)];
      case 4:
        return both(this.timestamp);
      case 5:
        return [this.timestamp(depth, vars), this.pick(timestampTexts)];
      case 6:
        return [this.field('date', depth, vars), this.pick(dateTexts)];
      case 7:
        return [this.field('date', depth, vars), this.timestamp(depth, vars)];
      case 8:
        return both(this.duration);
      case 9:
        return both(this.id);
      case 10:
        return [this.id(depth, vars), this.string(depth, vars)];
      case 11:
        return [this.id(depth, vars), this.pick(idTexts)];
      case 12:
        return [`(${this.bool(depth, vars)} ? null : null)`, this.field(this.pick(ordered), depth, vars)];
      case 13:
        return [this.member(vars), this.string(depth, vars)];
      default:
        return [this.member(vars), this.pick([this.int(depth, vars), this.double(depth, vars)])];
    }
  }

  private among(depth: number, vars: Vars): string {
    const make = [this.string, this.int, this.double, this.id, this.timestamp][this.choose(5)]!;
    const options = Array.from({ length: this.choose(4) }, () =>
      this.choose(5) === 4 ? 'null' : make.call(this, this.choose(2) === 0 ? 0 : depth, vars),
    );
    return `(${make.call(this, depth, vars)} in [${options.join(', ')}])`;
  }

  private within(depth: number, vars: Vars): string {
    const [item, list] = [
      [() => this.text(depth, vars), 'strings'],
      [() => this.int(depth, vars), 'ints'],
      [() => this.double(depth, vars), 'doubles'],
      [() => this.bool(depth, vars), 'bools'],
      [() => 'null', 'strings'],
    ][this.choose(5)] as [() => string, string];
    return `(${item()} in ${this.field(list, depth, vars)})`;
  }

  private overList(depth: number, vars: Vars): string {
    const [type, list, literal] = [
      ['string', 'strings', '["a", "", "todo", null]'],
      ['int', 'ints', '[1, 3, -1]'],
      ['double', 'doubles', '[1, 0.5, null]'],
      ['bool', 'bools', '[true, false]'],
      ['timestamp', '', '[timestamp("2026-01-31T10:00:00Z"), timestamp("1969-12-31T23:59:59.999Z")]'],
      ['duration', '', '[duration("1h"), duration("-2s")]'],
    ][this.choose(6)]!;
    const over = list === '' || this.choose(4) === 3 ? literal! : this.field(list!, depth, vars);
    return this.quantifier(over, type!, depth, vars);
  }

  private overCollection(depth: number, vars: Vars): string {
    const collection = this.pick(['members', 'projects', 'teams', 'users']);
    return this.quantifier(collection, collection, Math.min(depth, 2), vars);
  }

  private quantifier(over: string, type: string, depth: number, vars: Vars): string {
    const name = `v${this.names++}`;
    return `${over}.${this.pick(['exists', 'all'])}(${name}, ${this.bool(depth, [{ name, type }, ...vars])})`;
  }

  private string(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    return this.one(depth, 2, [
      () => this.pick(stringLiterals),
      () => this.field('string', depth, vars),
      () => `(${this.text(deeper, vars)} + ${this.text(deeper, vars)})`,
      () => `${this.text(deeper, vars)}.lowerAscii()`,
      () => this.choice(this.string, deeper, vars),
    ]);
  }

  /** What is taken for a text: ids too. */
  private text(depth: number, vars: Vars): string {
    return this.choose(6) === 5 ? this.id(depth, vars) : this.string(depth, vars);
  }

  private int(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    return this.one(depth, 2, [
      () => this.pick(intLiterals),
      () => this.field('int', depth, vars),
      () => `(${this.int(deeper, vars)} ${this.pick(['+', '-', '*', '/', '%'])} ${this.int(deeper, vars)})`,
      () => `-(${this.int(deeper, vars)})`,
      () => `size(${this.text(deeper, vars)})`,
      () => `${this.field(this.pick(['strings', 'ints', 'doubles']), depth, vars)}.size()`,
      () => this.choice(this.int, deeper, vars),
    ]);
  }

  private double(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    const number = () => (this.choose(2) === 0 ? this.double(deeper, vars) : this.int(deeper, vars));
    return this.one(depth, 2, [
      () => this.pick(doubleLiterals),
      () => this.field('double', depth, vars),
      () => `(${this.double(deeper, vars)} ${this.pick(['+', '-', '*', '/'])} ${number()})`,
      () => `-(${this.double(deeper, vars)})`,
      () => `(${this.member(vars)} ${this.pick(['+', '*'])} ${this.double(deeper, vars)})`,
      () => `-${this.member(vars)}`,
      () => this.choice(this.double, deeper, vars),
    ]);
  }

  private timestamp(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    return this.one(depth, 3, [
      () => 'now',
      () => this.field('timestamp', depth, vars),
      () => `timestamp(${this.pick(timestampTexts)})`,
      () => `(${this.timestamp(deeper, vars)} ${this.pick(['+', '-'])} ${this.duration(deeper, vars)})`,
      () => `(${this.field('date', depth, vars)} ${this.pick(['+', '-'])} ${this.duration(deeper, vars)})`,
      () => `timestamp(${this.field('date', depth, vars)})`,
      () => this.choice(this.timestamp, deeper, vars),
    ]);
  }

  private duration(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    return this.one(depth, 1, [
      () => `duration(${this.pick(durationTexts)})`,
      () => `(${this.timestamp(deeper, vars)} - ${this.timestamp(deeper, vars)})`,
      () => `(${this.duration(deeper, vars)} ${this.pick(['+', '-'])} ${this.duration(deeper, vars)})`,
      () => `-(${this.duration(deeper, vars)})`,
    ]);
  }

  private id(depth: number, vars: Vars): string {
    return this.field('id', depth, vars);
  }

  /** A json value that is read as whatever it stands beside. */
  private member(vars: Vars): string {
    const meta = this.property('tasks', 'meta', 0, vars);
    return `${meta}${this.pick(['', '.key', '.n', '.deep', '.deep.key'])}`;
  }

  private choice(make: (depth: number, vars: Vars) => string, depth: number, vars: Vars): string {
    const other = this.choose(4) === 3 ? 'null' : make.call(this, depth, vars);
    return `(${this.bool(depth, vars)} ? ${make.call(this, depth, vars)} : ${other})`;
  }
}

type Vars = readonly { readonly name: string; readonly type: string }[];

type Places = readonly (readonly [collection: string, property: string])[];

const referencesToUsers: Places = [
  ['tasks', 'owner'],
  ['projects', 'owner'],
  ['members', 'user'],
  ['teams', 'lead'],
];
const referencesToTeams: Places = [
  ['users', 'team'],
  ['projects', 'team'],
];
const referencesToProjects: Places = [
  ['tasks', 'project'],
  ['members', 'project'],
];
const referencesToTasks: Places = [['tasks', 'parent']];

const ordered = ['string', 'int', 'double', 'date', 'timestamp', 'id'];
const anyType = ['string', 'int', 'double', 'bool', 'date', 'timestamp', 'id'];

const fieldsOf: Readonly<Record<string, Places>> = {
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

const stringLiterals = [
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
const intLiterals = [
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
const doubleLiterals = [
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
const timestampTexts = [
  '"2026-01-31T10:00:00Z"',
  '"2026-01-31T12:00:00+02:00"',
  '"0001-01-01T00:00:00Z"',
  '"9999-12-31T23:59:59.999Z"',
  '"2026-01-31T00:00:00-00:30"',
  '"2026-01-31"',
];
const dateTexts = [
  '"2026-01-31"',
  '"2024-02-29"',
  '"0001-01-01"',
  '"2026-01-31T00:00:00Z"',
  '"2026-01-30T23:00:00-01:00"',
];
const durationTexts = [
  '"1h"',
  '"0s"',
  '"24h"',
  '"-1.5s"',
  '"1ms"',
  '"8760h"',
  '"2562047h47m16.854s"',
  '"-87600000h"',
];
const idTexts = [
  `"${idOf('users', 0)}"`,
  `"${idOf('users', 1).toUpperCase()}"`,
  '"a"',
  `"${idOf('projects', 2)}"`,
];
