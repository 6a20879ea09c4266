import { jsonSchemas } from '#domain/collections/json-schemas.ts';
import type { Collection } from '#domain/collections/model.ts';
import {
  response,
  body,
  emptyResponse,
  nobody,
  ref,
  signedIn,
  type JsonObject,
  type OpenApiPath,
} from './builders.ts';
import { problems } from './problems.ts';

const tags = ['auth'];
const email = 'ada@example.org';
const password = 'correct horse battery';

const signedInResponse = (description: string) => response(description, ref('schemas', 'SignedIn'));
const userResponse = (description: string) => response(description, ref('schemas', 'UsersRecord'));

/** The paths below `/auth`: registration, sign-in, refresh, and a caller's own account and sessions. */
export const authPaths: Readonly<Record<string, OpenApiPath>> = {
  '/auth/register': {
    post: {
      operationId: 'authRegister',
      summary: 'Register and sign in',
      tags,
      security: nobody,
      requestBody: body(ref('schemas', 'Registration'), { email, password }),
      responses: { 201: signedInResponse('The new user, signed in'), ...problems(403, 409, 413, 415, 422) },
    },
  },
  '/auth/login': {
    post: {
      operationId: 'authLogin',
      summary: 'Sign in',
      description: 'An unknown address and a wrong password are answered alike, in body and time.',
      tags,
      security: nobody,
      requestBody: body(ref('schemas', 'Credentials'), { email, password }),
      responses: { 200: signedInResponse('The user, signed in'), ...problems(401, 413, 415, 422) },
    },
  },
  '/auth/refresh': {
    post: {
      operationId: 'authRefresh',
      summary: 'Exchange a refresh token for a new pair',
      description:
        'The old one is spent. Spent again within 10 seconds it leads to the same session; later the session is ended.',
      tags,
      security: nobody,
      requestBody: body(ref('schemas', 'Refresh'), { refreshToken: 'kq3…' }),
      responses: { 200: signedInResponse('A new pair'), ...problems(401, 413, 415, 422) },
    },
  },
  '/auth/logout': {
    post: {
      operationId: 'authLogout',
      summary: 'End this session',
      tags,
      security: signedIn,
      responses: { 204: emptyResponse('The session is ended'), ...problems(401) },
    },
  },
  '/auth/me': {
    get: {
      operationId: 'authMe',
      summary: 'Who am I',
      tags,
      security: signedIn,
      responses: { 200: userResponse('The user'), ...problems(401) },
    },
    patch: {
      operationId: 'authUpdateMe',
      summary: 'Change own properties',
      description: 'JSON Merge Patch (RFC 7396).',
      tags,
      security: signedIn,
      requestBody: body(ref('schemas', 'OwnPatch'), {}, ['application/json', 'application/merge-patch+json']),
      responses: {
        200: userResponse('The user as they are now'),
        ...problems(401, 403, 404, 409, 413, 415, 422),
      },
    },
  },
  '/auth/password': {
    post: {
      operationId: 'authPassword',
      summary: 'Change the password; every other session is ended',
      tags,
      security: signedIn,
      requestBody: body(ref('schemas', 'PasswordChange'), { current: password, new: 'staple battery horse' }),
      responses: { 204: emptyResponse('It is changed'), ...problems(401, 413, 415, 422) },
    },
  },
  '/auth/email': {
    post: {
      operationId: 'authEmail',
      summary: 'Change the address; it is not verified any more, every other session is ended',
      tags,
      security: signedIn,
      requestBody: body(ref('schemas', 'EmailChange'), { password, email: 'ada@example.com' }),
      responses: { 200: userResponse('The user as they are now'), ...problems(401, 409, 413, 415, 422) },
    },
  },
  '/auth/sessions': {
    get: {
      operationId: 'authSessions',
      summary: 'Own sessions',
      tags,
      security: signedIn,
      responses: { 200: response('Every open session', ref('schemas', 'Sessions')), ...problems(401) },
    },
  },
  '/auth/sessions/{id}': {
    parameters: [ref('parameters', 'sessionId')],
    delete: {
      operationId: 'authEndSession',
      summary: 'End one of the own sessions',
      tags,
      security: signedIn,
      responses: { 204: emptyResponse('It is ended'), ...problems(401, 404) },
    },
  },
};

const text = { type: 'string' };
const time = { ...text, format: 'date-time' };
const newPassword = { ...text, minLength: 8, maxLength: 128, format: 'password', writeOnly: true };
const oldPassword = { ...text, format: 'password', writeOnly: true };

function object(properties: JsonObject, optional: readonly string[] = []): JsonObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** `users` may have properties of its own, which people give when they register. */
export function authSchemas(users: Collection): JsonObject {
  const { create, patch } = jsonSchemas(users);
  return {
    Registration: registration(create as ObjectSchema),
    OwnPatch: { ...patch, properties: without(patch.properties as JsonObject, ['email', ...setByAdmins]) },
    Credentials: object({ email: text, password: oldPassword }),
    Refresh: object({ refreshToken: text }),
    EmailChange: object({ password: oldPassword, email: text }),
    PasswordChange: object({ current: oldPassword, new: newPassword }),
    SignedIn: object({
      user: ref('schemas', 'UsersRecord'),
      accessToken: { ...text, description: 'For `Authorization: Bearer`' },
      refreshToken: { ...text, description: 'For `POST /auth/refresh`, once' },
      tokenType: { ...text, const: 'Bearer' },
      expiresIn: { type: 'integer', minimum: 1, description: 'Seconds that the access token lasts' },
    }),
    Sessions: object({ data: { type: 'array', items: ref('schemas', 'Session') } }),
    Session: object({
      id: { ...text, format: 'uuid' },
      createdAt: time,
      lastUsedAt: time,
      address: { ...text, description: 'Where it was opened from' },
      agent: { type: ['string', 'null'], description: 'User-Agent of then' },
      current: { type: 'boolean', description: 'Whether it is the one that asks' },
    }),
  };
}

const setByAdmins = ['role', 'verified'];

interface ObjectSchema extends JsonObject {
  readonly properties: JsonObject;
  readonly required?: readonly string[];
}

function registration({ properties, required = [] }: ObjectSchema): JsonObject {
  return {
    type: 'object',
    properties: { ...without(properties, setByAdmins), password: newPassword },
    required: [...required.filter((name) => !setByAdmins.includes(name)), 'password'],
    additionalProperties: false,
  };
}

function without(properties: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}
