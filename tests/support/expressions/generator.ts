import { Places } from './places.ts';
import {
  anyType,
  ordered,
  stringLiterals,
  intLiterals,
  decimalLiterals,
  decimalNumbers,
  doubleLiterals,
  timestampTexts,
  dateTexts,
  durationTexts,
  idTexts,
  type Vars,
} from './vocabulary.ts';

/**
 * Writes well-typed expressions over `tasks` from a list of choices, so that a shorter list with smaller numbers writes
 * a simpler expression: that is what fast-check shrinks.
 */
export class Generator extends Places {
  private names = 0;

  condition(): string {
    return this.bool(4, []);
  }

  private bool(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    return this.one(depth, 4, [
      () => this.field('bool', depth, vars),
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
    const both = (type: Valued): [string, string] => [
      this.value(type, depth, vars),
      this.value(type, depth, vars),
    ];
    switch (this.choose(18)) {
      case 0:
        return both('string');
      case 1:
        return both('int');
      case 2:
        return both('double');
      case 3:
        return [this.int(depth, vars), this.double(depth, vars)];
      case 4:
        return both('timestamp');
      case 5:
        return [this.timestamp(depth, vars), this.pick(timestampTexts)];
      case 6:
        return [this.field('date', depth, vars), this.pick(dateTexts)];
      case 7:
        return [this.field('date', depth, vars), this.timestamp(depth, vars)];
      case 8:
        return both('duration');
      case 9:
        return both('id');
      case 10:
        return [this.field('id', depth, vars), this.string(depth, vars)];
      case 11:
        return [this.field('id', depth, vars), this.pick(idTexts)];
      case 12:
        return [`(${this.bool(depth, vars)} ? null : null)`, this.field(this.pick(ordered), depth, vars)];
      case 13:
        return [this.member(vars), this.string(depth, vars)];
      case 14:
        return both('decimal');
      case 15:
        return [this.int(depth, vars), this.decimal(depth, vars)];
      case 16:
        return [this.field('decimal', depth, vars), this.pick(decimalLiterals)];
      default:
        return [this.member(vars), this.pick([this.int(depth, vars), this.double(depth, vars)])];
    }
  }

  private among(depth: number, vars: Vars): string {
    const type = this.pick(['string', 'int', 'double', 'decimal', 'id', 'timestamp'] as const);
    const options = Array.from({ length: this.choose(4) }, () =>
      this.choose(5) === 4 ? 'null' : this.value(type, this.choose(2) === 0 ? 0 : depth, vars),
    );
    return `(${this.value(type, depth, vars)} in [${options.join(', ')}])`;
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
    if (vars.length >= this.maxVariables) return this.bool(0, vars);
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
      () => this.choice('string', deeper, vars),
    ]);
  }

  /** What is taken for a text: ids too. */
  private text(depth: number, vars: Vars): string {
    return this.choose(6) === 5 ? this.field('id', depth, vars) : this.string(depth, vars);
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
      () => this.choice('int', deeper, vars),
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
      () => this.choice('double', deeper, vars),
      () => `(${this.bool(deeper, vars)} ? ${this.double(deeper, vars)} : ${this.int(deeper, vars)})`,
    ]);
  }

  private decimal(depth: number, vars: Vars): string {
    const deeper = depth - 1;
    const number = () => (this.choose(3) > 0 ? this.decimal(deeper, vars) : this.int(deeper, vars));
    return this.one(depth, 1, [
      () => this.field('decimal', depth, vars),
      () => `(${this.decimal(deeper, vars)} ${this.pick(['+', '-', '*'])} ${number()})`,
      () => `(${this.decimal(deeper, vars)} ${this.pick(['+', '-', '*'])} ${this.pick(decimalNumbers)})`,
      () => `-(${this.decimal(deeper, vars)})`,
      () => this.choice('decimal', deeper, vars),
      () => `(${this.bool(deeper, vars)} ? ${this.decimal(deeper, vars)} : ${this.int(deeper, vars)})`,
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
      () => this.choice('timestamp', deeper, vars),
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

  private choice(type: Valued, depth: number, vars: Vars): string {
    const other = this.choose(4) === 3 ? 'null' : this.value(type, depth, vars);
    return `(${this.bool(depth, vars)} ? ${this.value(type, depth, vars)} : ${other})`;
  }

  private value(type: Valued, depth: number, vars: Vars): string {
    return type === 'id' ? this.field('id', depth, vars) : this[type](depth, vars);
  }
}

type Valued = 'string' | 'int' | 'double' | 'decimal' | 'timestamp' | 'duration' | 'id';
