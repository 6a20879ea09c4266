export type {
  CollectionDefinition,
  IndexDefinition,
  PropertyDefinition,
} from '#domain/collections/definition.ts';
export { Problem, type FieldError, type ProblemDetails } from '#domain/errors/problem.ts';
export {
  createPlinth,
  type FetchOptions,
  type ListenOptions,
  type Plinth,
  type PlinthLog,
  type PlinthOptions,
} from '#library/create-plinth.ts';
export { defineCollection } from '#library/define-collection.ts';
export type { PlinthSettings, RequestQuota } from '#library/settings.ts';
