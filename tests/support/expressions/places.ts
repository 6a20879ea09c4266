import {
  fieldsOf,
  referencesToProjects,
  referencesToTasks,
  referencesToTeams,
  referencesToUsers,
  type Vars,
} from './vocabulary.ts';

/** Chooses by a list of numbers, and writes paths to properties. */
export class Places {
  private readonly choices: readonly number[];
  private readonly isRule: boolean;
  /** As many `exists` and `all` in one another as may be. */
  protected readonly maxVariables: number;
  private at = 0;

  constructor(choices: readonly number[], kind: 'rule' | 'filter') {
    this.choices = choices;
    this.isRule = kind === 'rule';
    this.maxVariables = this.isRule ? 4 : 2;
  }

  protected choose(count: number): number {
    return (this.choices[this.at++] ?? 0) % count;
  }

  protected pick<T>(options: readonly T[]): T {
    return options[this.choose(options.length)]!;
  }

  /** One of the ways to write a value: of the first `leaves` where it may not get deeper, else mostly of the others. */
  protected one(depth: number, leaves: number, ways: readonly (() => string)[]): string {
    const simple = depth <= 0 || this.choose(5) === 0;
    const from = simple ? ways.slice(0, leaves) : ways.slice(leaves);
    return from[this.choose(from.length)]!();
  }

  /** A record of a collection that has a name here. */
  protected record(vars: Vars, collection: string): string | undefined {
    const named = vars.filter((variable) => variable.type === collection).map((variable) => variable.name);
    const roots = collection === 'users' ? ['user'] : collection === 'tasks' ? ['record'] : [];
    const options = [...roots, ...named];
    return options.length === 0 ? undefined : this.pick(options);
  }

  /** `record.title`, or just `title` in a filter. */
  protected property(collection: string, name: string, depth: number, vars: Vars): string {
    const record = this.record(vars, collection);
    const hop = depth > 0 && this.choose(4) === 1 ? this.hop(collection, depth - 1, vars) : undefined;
    const path = hop ?? record ?? this.hop(collection, depth - 1, vars)!;
    return path === 'record' && !this.isRule ? name : `${path}.${name}`;
  }

  /** A reference to a record of a collection. */
  protected hop(collection: string, depth: number, vars: Vars): string | undefined {
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

  protected variable(vars: Vars, type: string): string | undefined {
    const named = vars.filter((variable) => variable.type === type).map((variable) => variable.name);
    return named.length === 0 ? undefined : this.pick(named);
  }

  protected field(type: string, depth: number, vars: Vars): string {
    const variable = this.variable(vars, type);
    if (variable !== undefined && this.choose(2) === 0) return variable;
    const fields = fieldsOf[type]!;
    const [collection, name] = fields[this.choose(depth <= 0 ? Math.min(2, fields.length) : fields.length)]!;
    return this.property(collection, name, depth, vars);
  }

  /** A json value that is read as whatever it stands beside. */
  protected member(vars: Vars): string {
    const meta = this.property('tasks', 'meta', 0, vars);
    return `${meta}${this.pick(['', '.key', '.n', '.deep', '.deep.key'])}`;
  }
}
