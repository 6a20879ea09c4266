import { sql } from 'kysely';
import type { ReadRule } from '#domain/access/read-access.ts';
import type { Node, NodeOf, RecordNode } from '#domain/expressions/tree.ts';
import type { Type } from '#domain/expressions/type.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { RuntimeParameter } from '../statements/template.ts';
import type { ExpressionDialect, Sql } from './dialect.ts';
import { inOptions, compare, equal, inList } from './comparisons.ts';
import { constant, joined, type EmitContext, type ReadCondition } from './emit-context.ts';
import { quantifier } from './quantifiers.ts';
import { arithmetic, functionOf } from './values.ts';

export interface EmitterOptions {
  readonly dialect: ExpressionDialect;
  readonly record: string;
  readonly previous: string | undefined;
  readonly readCondition: ReadCondition | undefined;
}

/** Turns a specialised tree into SQL. */
export class Emitter implements EmitContext {
  readonly dialect: ExpressionDialect;
  readonly #options: EmitterOptions;
  /** Aliases of the variables of `exists` and `all`. */
  readonly #variables = new Map<number, string>();
  #aliases = 0;

  constructor(options: EmitterOptions) {
    this.dialect = options.dialect;
    this.#options = options;
  }

  /** A new alias. Those inside the condition of a `visible` record extend its alias, so none hides another. */
  alias(): string {
    const { record } = this.#options;
    return `${record.startsWith('_e') ? `${record}_` : '_e'}${++this.#aliases}`;
  }

  readCondition(collection: string, alias: string, rule: ReadRule): Sql | boolean {
    return this.#options.readCondition?.(collection, alias, rule) ?? true;
  }

  bind(id: number, alias: string): void {
    this.#variables.set(id, alias);
  }

  value(node: Node): Sql {
    switch (node.op) {
      case 'literal':
        return this.#literal(node);
      case 'runtimeParameter':
        return this.dialect.parameter(
          node.type,
          new RuntimeParameter((bindings) => encode(node.type, node.value(bindings))),
        );
      case 'now':
      case 'signedIn':
        throw notSpecialised();
      case 'field':
        return this.#field(node.of, node.property.name, node);
      case 'element':
        return this.dialect.element(node.type, this.#variables.get(node.id)!);
      case 'and':
      case 'or':
        return joined(
          node.args.map((arg) => this.value(arg)),
          node.op,
        );
      case 'not':
        return sql`(not ${this.value(node.of)})`;
      case 'if':
        return sql`(case when ${this.holds(node.condition)} then ${this.value(node.yes)} else ${this.value(node.no)} end)`;
      case 'equal':
        return equal(node, this, false);
      case 'compare':
        return compare(node, this);
      case 'inOptions':
        return inOptions(node, this, false);
      case 'inList':
        return inList(node, this, false);
      case 'quantifier':
        return quantifier(node, this, false);
      case 'arithmetic':
        return arithmetic(node, this);
      default:
        return functionOf(node, this);
    }
  }

  holds(node: Node): Sql {
    switch (node.op) {
      case 'literal':
        return constant(node.value === true);
      case 'and':
      case 'or':
        return joined(
          node.args.map((arg) => this.holds(arg)),
          node.op,
        );
      case 'if':
        return sql`(case when ${this.holds(node.condition)} then ${this.holds(node.yes)} else ${this.holds(node.no)} end)`;
      case 'equal':
        return equal(node, this, true);
      case 'inOptions':
        return inOptions(node, this, true);
      case 'inList':
        return inList(node, this, true);
      case 'quantifier':
        return quantifier(node, this, true);
      default:
        return this.value(node);
    }
  }

  once(node: Node, use: (value: Sql) => Sql): Sql {
    return isSimple(node) ? use(this.value(node)) : this.fenced(this.value(node), use);
  }

  fenced(inner: Sql, use: (value: Sql) => Sql): Sql {
    const alias = this.alias();
    return sql`(select ${use(sql.ref(`${alias}.v`))} from ${this.dialect.fenced(inner)} as ${sql.ref(alias)})`;
  }

  #literal({ type, value }: NodeOf<'literal'>): Sql {
    if (value === null) return this.dialect.nothing(type);
    if (typeof value === 'boolean') return constant(value);
    return this.dialect.parameter(type, encode(type, value));
  }

  #field(of: RecordNode, name: string, node: Node): Sql {
    if (of.op !== 'dereference') return sql.ref(`${this.#aliasOf(of)}.${name}`);
    const alias = this.alias();
    const visible = this.readCondition(of.collection, alias, 'read');
    if (visible === false) return this.dialect.nothing(node.type);
    const column = sql.ref(`${alias}.${name}`);
    const isIt = sql`${sql.ref(`${alias}.id`)} = ${this.value(of.by)}`;
    const condition = visible === true ? isIt : sql`${isIt} and (${visible})`;
    return sql`(select ${column} from ${sql.table(of.collection)} as ${sql.ref(alias)} where ${condition})`;
  }

  #aliasOf(record: Exclude<RecordNode, { op: 'dereference' }>): string {
    if (record.op === 'variable') return this.#variables.get(record.id)!;
    if (record.name === 'record') return this.#options.record;
    if (record.name === 'user') throw notSpecialised();
    if (this.#options.previous === undefined)
      throw new Error('this rule needs the alias of the stored record');
    return this.#options.previous;
  }
}

const notSpecialised = () => new Error('an expression is specialised before it becomes SQL');

/** May be repeated: a column, a parameter, an element. */
const isSimple = (node: Node): boolean =>
  node.op === 'literal' ||
  node.op === 'runtimeParameter' ||
  node.op === 'element' ||
  (node.op === 'field' && node.of.op !== 'dereference');

/** A value as the drivers take it; lists travel as JSON text. Booleans are keywords, never parameters. */
const encode = (type: Type, value: JsonValue): unknown =>
  type.kind === 'list' ? JSON.stringify(value) : value;
