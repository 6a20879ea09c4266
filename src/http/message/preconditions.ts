import type { FastifyRequest } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import { parseEntityTags, type EntityTags } from '#domain/preconditions/entity-tags.ts';
import { unconditional, type Precondition } from '#domain/preconditions/precondition.ts';

/** If-Match and If-None-Match of a request (RFC 9110, 13.1). Throws `malformed_request` for what is no list of entity tags. */
export function preconditionOf({ headers }: FastifyRequest): Precondition {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (match === undefined && noneMatch === undefined) return unconditional;
  return {
    ...(match !== undefined && { match: tagsOf('If-Match', match) }),
    ...(noneMatch !== undefined && { noneMatch: tagsOf('If-None-Match', noneMatch) }),
  };
}

function tagsOf(name: string, value: string): EntityTags {
  const tags = parseEntityTags(value);
  if (tags !== undefined) return tags;
  throw new Problem('malformed_request', {
    detail: `${name} must be * or entity tags such as "3", with the quotes`,
  });
}
