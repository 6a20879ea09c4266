import { exhausted } from '#domain/exhausted.ts';
import { readAccessOf } from '#domain/access/read-access.ts';
import { bypassesRules } from '#domain/access/principal.ts';
import type { Operation } from '#domain/operations.ts';
import { noParameters } from '#domain/query/query-string.ts';
import { refuseOutright, refuseUncreatable } from './authorise.ts';
import type { CompiledCollection } from './compiled-collections.ts';
import type { Execution, ExecuteOptions, RecordsContext } from './context.ts';

/**
 * Finds the collection of an operation (404, and 405 where nothing can be created), parses its parameters (400), and
 * refuses a new record that no body would make acceptable (401, 403). Nothing is asked of the database.
 */
export function understand<Asked extends Operation>(
  context: RecordsContext,
  operation: Asked,
  options: ExecuteOptions,
): Extract<Execution, { readonly operation: Asked }> {
  const compiled = context.collections.get(operation.collection);
  if (operation.kind === 'create') refuseUncreatable(compiled.collection, options);
  const execution = parse(context, operation, options, compiled);
  if (operation.kind === 'create') {
    const access = readAccessOf(compiled.model, options.principal, context.clock.now());
    refuseOutright({ compiled, access }, options);
  }
  return execution as Extract<Execution, { readonly operation: Asked }>;
}

function parse(
  context: RecordsContext,
  operation: Operation,
  options: ExecuteOptions,
  compiled: CompiledCollection,
): Execution {
  const { queries } = compiled;
  const isAdmin = bypassesRules(options.principal);
  const parameters = ('query' in operation ? operation.query : undefined) ?? noParameters;
  const common = { context, options, compiled };
  switch (operation.kind) {
    case 'list':
      return { ...common, kind: 'list', operation, ...queries.list(parameters, isAdmin) };
    case 'read':
      return { ...common, kind: 'read', operation, ...queries.record(parameters, isAdmin) };
    case 'create':
    case 'update':
    case 'replace':
    case 'delete':
      return { ...common, kind: 'write', operation, ...queries.record(parameters, isAdmin) };
    default:
      return exhausted(operation);
  }
}
