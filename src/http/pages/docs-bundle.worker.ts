// Runs in a worker: see docs-bundle.ts. Asks the package's own plugin for the script, then compresses it.
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import scalar from '@scalar/fastify-api-reference';
import fastify from 'fastify';

const server = fastify();
await server.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
const script = await server.inject('/docs/js/scalar.js');
if (script.statusCode !== 200) throw new Error('@scalar/fastify-api-reference has no js/scalar.js any more');
const gzip = gzipSync(script.rawPayload);
const hash = createHash('sha256').update(gzip).digest('hex').slice(0, 16);
// eslint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
parentPort?.postMessage({ hash, gzip });
