export { buildModel } from './build.ts';
export { checkDefinitions, type Checked, type DefinitionFile } from './check.ts';
export type * from './definition.ts';
export { jsonSchemas, type CollectionSchemas, type JsonSchema } from './json-schemas.ts';
export { describeMistakes, type Mistake } from './mistake.ts';
export type * from './model.ts';
export { foreignKeyName, indexName, namePattern } from './names.ts';
export { systemProperties, systemPropertyNames } from './system-properties.ts';
export { usersDefinition, usersName } from './users.ts';
