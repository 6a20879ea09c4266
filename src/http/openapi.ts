import type { Model } from '#domain/collections/model.ts';

export interface OpenApiSource {
  /** The document for a model, as JSON in UTF-8; made once for each. */
  documentFor(model: Model): Buffer;
}

export function createOpenApiSource(_options: { readonly publicUrl?: string | undefined }): OpenApiSource {
  return { documentFor: () => Buffer.from('{}') };
}
