import type { FastifyReply, FastifyRequest } from 'fastify';
import { catalogue, type ErrorCode } from '#domain/errors/catalogue.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import { preferred } from '../message/accept.ts';
import type { OpenApiSource } from '../openapi/document.ts';
import { docsPage, docsScript, docsSecurityPolicy } from '../pages/docs.ts';
import type { DocsBundle } from '../pages/docs-bundle.ts';
import { errorPage } from '../pages/error.ts';
import { homePage } from '../pages/home.ts';
import { pageSecurityPolicy } from '../pages/page.ts';
import { refuseQuery } from '../message/query-string.ts';
import { addVary } from '../message/cache-headers.ts';

export interface DocumentationOptions {
  readonly collections: CollectionsService;
  readonly openapi: OpenApiSource;
  readonly bundle: DocsBundle;
}

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

/** The pages that explain the service: `/`, `/openapi.json`, `/docs` and `/errors/{code}`. */
export function documentationRoutes({ collections, openapi, bundle }: DocumentationOptions) {
  return {
    home(request: FastifyRequest, reply: FastifyReply): unknown {
      refuseQuery(request.query as string);
      if (wantsJson(request, reply)) return { name: 'plinth', docs: '/docs', openapi: '/openapi.json' };
      return sendPage(reply, homePage(), pageSecurityPolicy);
    },

    openapi(request: FastifyRequest, reply: FastifyReply): FastifyReply {
      refuseQuery(request.query as string);
      return reply
        .header('cache-control', 'no-cache')
        .type('application/json; charset=utf-8')
        .send(openapi.documentFor(collections.current()));
    },

    async docs(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      refuseQuery(request.query as string);
      return sendPage(reply, docsPage((await bundle.load()).name), docsSecurityPolicy);
    },

    /** The scripts of `/docs`. The bundle's name holds a hash of it, so it may be kept for ever. */
    async docsFile(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      refuseQuery(request.query as string);
      const { file } = request.params as { file: string };
      if (file === docsScript.name) {
        return reply.header('cache-control', 'no-cache').type(script).send(docsScript.text);
      }
      const { name, gzip, plain } = await bundle.load();
      if (file !== name) throw new Problem('not_found');
      addVary(reply, 'Accept-Encoding');
      reply.header('cache-control', 'public, max-age=31536000, immutable');
      if (!acceptsGzip(request.headers['accept-encoding'])) return reply.type(script).send(plain());
      return reply.type(script).header('content-encoding', 'gzip').send(gzip);
    },

    /** The page that the `type` of a problem leads to. */
    error(request: FastifyRequest, reply: FastifyReply): unknown {
      refuseQuery(request.query as string);
      const { code } = request.params as { code: string };
      if (!Object.hasOwn(catalogue, code)) throw new Problem('not_found');
      const entry = { code: code as ErrorCode, ...catalogue[code as ErrorCode] };
      if (wantsJson(request, reply)) return entry;
      return sendPage(reply, errorPage(entry), pageSecurityPolicy);
    },
  };
}

function sendPage(reply: FastifyReply, page: string, securityPolicy: string): FastifyReply {
  return reply
    .header('cache-control', 'no-cache')
    .header('content-security-policy', securityPolicy)
    .type(html)
    .send(page);
}

/** Whether the Accept header prefers JSON; a client without a preference gets the page. */
function wantsJson(request: FastifyRequest, reply: FastifyReply): boolean {
  addVary(reply, 'Accept');
  reply.header('cache-control', 'no-cache');
  const type = preferred(request.headers.accept, ['text/html', 'application/json']);
  if (type === undefined) throw new Problem('not_acceptable', { detail: 'There is HTML and JSON' });
  return type === 'application/json';
}

function acceptsGzip(header: string | undefined): boolean {
  return header !== undefined && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/iu.test(header);
}
