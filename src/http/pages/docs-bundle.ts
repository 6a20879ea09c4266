import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';

/** The viewer's script: 5 MB as it is, 1.4 MB compressed. */
export interface LoadedBundle {
  /** A file name with a hash of the content in it. */
  readonly name: string;
  readonly gzip: Buffer;
  /** For the few clients that take no gzip. */
  readonly plain: () => Buffer;
}

export interface DocsBundle {
  load(): Promise<LoadedBundle>;
}

/**
 * Reads the viewer's script when it is first asked for. The package carries it as a string inside a module; a worker
 * loads that, so that the memory it takes is free again, and no request waits for the compression.
 */
export function createDocsBundle(): DocsBundle {
  let loading: Promise<LoadedBundle> | undefined;
  return {
    load() {
      loading ??= loadInWorker().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
  };
}

/** The worker's file: `.ts` when this module runs from source, `.js` when it is compiled. */
const workerFile = new URL(`./docs-bundle.worker${extname(import.meta.filename)}`, import.meta.url);

async function loadInWorker(): Promise<LoadedBundle> {
  const worker = new Worker(workerFile);
  try {
    const { hash, gzip } = await new Promise<{ hash: string; gzip: Uint8Array }>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    const compressed = Buffer.from(gzip.buffer, gzip.byteOffset, gzip.byteLength);
    let plain: Buffer | undefined;
    return {
      name: `viewer-${hash}.js`,
      gzip: compressed,
      plain: () => (plain ??= gunzipSync(compressed)),
    };
  } finally {
    await worker.terminate();
  }
}
