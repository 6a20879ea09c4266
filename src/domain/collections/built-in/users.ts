import type { CollectionDefinition, PropertyDefinition } from '../definition.ts';

export const usersName = 'users';

/** Whether requests create records of a collection. Users register, or are created by the command line. */
export function isCreatable(collection: string): boolean {
  return collection !== usersName;
}

/** Properties of users that only an admin may change: `email` because `POST /auth/email` asks for the password first. */
export const adminOnlyUserProperties: ReadonlySet<string> = new Set(['email', 'role', 'verified']);

/** The properties of every user. Credentials are no properties: they live in a table of our own. */
export const builtInUserProperties: Readonly<Record<string, PropertyDefinition>> = {
  email: {
    type: 'string',
    format: 'email',
    maxLength: 254,
    unique: true,
    description: 'In one normal form; changed at POST /auth/email, or by an admin',
  },
  role: {
    type: 'string',
    pattern: '^[a-z][a-zA-Z0-9_-]*$',
    maxLength: 63,
    default: 'user',
    description: 'user, admin, or a name of your own; only an admin changes it',
  },
  verified: {
    type: 'boolean',
    default: false,
    description: 'Whether the address is known to be theirs; only an admin changes it',
  },
};

const builtInRules = {
  list: 'record.id == user.id',
  read: 'record.id == user.id',
  update: 'record.id == user.id',
};

/** The built-in collection, as it is when no `users` file says more. */
export const usersDefinition: CollectionDefinition = {
  name: usersName,
  description: 'Who may sign in',
  properties: builtInUserProperties,
  required: Object.keys(builtInUserProperties),
  rules: builtInRules,
};

/** The built-in collection with the additions of a `users` file; a rule of the file replaces the built-in one. */
export function mergeUsers(file: CollectionDefinition): CollectionDefinition {
  return {
    ...usersDefinition,
    ...file,
    properties: { ...builtInUserProperties, ...file.properties },
    required: [...new Set([...Object.keys(builtInUserProperties), ...(file.required ?? [])])],
    rules: { ...builtInRules, ...file.rules },
  };
}

export function isBuiltInUserProperty(name: string): boolean {
  return Object.hasOwn(builtInUserProperties, name);
}
