import { exhausted } from '#domain/exhausted.ts';
import { entityTagOf } from '#domain/preconditions/entity-tags.ts';
import type { ItemResult, Result } from '#services/records/index.ts';
import type { ResponseMessage } from './response.ts';

export interface ResponseOptions {
  /** Comes before the path of a created record. */
  readonly linkBase: string;
  /** Goes with everything that shows records. */
  readonly cacheControl: string;
}

/** The response to a result: to a first one, to one that is given again, and to every item of a batch. */
export function responseOf(result: Result, { linkBase, cacheControl }: ResponseOptions): ResponseMessage {
  switch (result.kind) {
    case 'list':
      return { status: 200, headers: { 'cache-control': cacheControl }, body: result.page };
    case 'record':
    case 'notModified': {
      const message = itemResponseOf(result, linkBase);
      return { ...message, headers: { ...message.headers, 'cache-control': cacheControl } };
    }
    case 'none':
      return itemResponseOf(result, linkBase);
    case 'batch': {
      const results = result.items.map((item) => {
        const { status, headers, body = null } = itemResponseOf(item, '');
        return { status, headers, body };
      });
      return { status: 200, headers: { 'cache-control': 'no-store' }, body: { results } };
    }
    default:
      return exhausted(result);
  }
}

function itemResponseOf(result: ItemResult, linkBase: string): ResponseMessage {
  switch (result.kind) {
    case 'record': {
      const { collection, id, created, record } = result;
      const headers = {
        ETag: entityTagOf(result.version),
        ...(created && { Location: `${linkBase}/v1/${collection}/${id}` }),
      };
      return { status: created ? 201 : 200, headers, body: record };
    }
    case 'notModified':
      // With the header fields of the 200 that the client has already (RFC 9110, 15.4.5).
      return { status: 304, headers: { ETag: entityTagOf(result.version) } };
    case 'none':
      return { status: 204, headers: {} };
    default:
      return exhausted(result);
  }
}
