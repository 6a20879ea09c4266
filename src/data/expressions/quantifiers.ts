import { sql } from 'kysely';
import type { Node, NodeOf } from '#domain/expressions/tree.ts';
import { progressMark } from '../statements/progress.ts';
import type { Sql } from './dialect.ts';
import { constant, isTrue, type EmitContext } from './emit-context.ts';

/** `exists` and `all`: true or false by the elements that the condition holds for; null only for a list that is null. */
export function quantifier(node: NodeOf<'quantifier'>, emitter: EmitContext, holds: boolean): Sql {
  return 'collection' in node.over
    ? overCollection(node, node.over.collection, emitter)
    : overList(node, node.over.list, emitter, holds);
}

function overCollection(node: NodeOf<'quantifier'>, collection: string, emitter: EmitContext): Sql {
  const alias = emitter.alias();
  const visible = emitter.readCondition(collection, alias, 'list');
  if (visible === false) return constant(node.all);
  emitter.bind(node.id, alias);
  const rows = sql`${sql.table(collection)} as ${sql.ref(alias)}`;
  const searched = searchedFor(node, emitter);
  const condition = visible === true ? searched : sql`(${visible}) and ${searched}`;
  const mark = progressMark(emitter.dialect, alias, 'row');
  const found = sql`exists (select 1 from ${rows} where ${mark}${condition})`;
  return node.all ? sql`(not ${found})` : found;
}

/** The condition on the element to look for: one that satisfies the condition, or with `all` one that does not. */
function searchedFor({ all, condition }: NodeOf<'quantifier'>, emitter: EmitContext): Sql {
  const holds = emitter.holds(condition);
  return all ? sql`(not ${isTrue(holds)})` : holds;
}

function overList(node: NodeOf<'quantifier'>, list: Node, emitter: EmitContext, holds: boolean): Sql {
  return emitter.once(list, (elements) => {
    const alias = emitter.alias();
    emitter.bind(node.id, alias);
    const rows = emitter.dialect.elements(elements, alias);
    const mark = progressMark(emitter.dialect, alias, 'item');
    const found = sql`exists (select 1 from ${rows} where ${mark}${searchedFor(node, emitter)})`;
    const isArray = emitter.dialect.isArray(elements);
    if (!node.all) return holds || !list.nullable ? found : sql`(case when ${isArray} then ${found} end)`;
    return sql`(case when ${isArray} then not ${found} end)`;
  });
}
