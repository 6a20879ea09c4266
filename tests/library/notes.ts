import { defineCollection, type Plinth } from '../../src/index.ts';

/** Each user has their own. */
export const notes = defineCollection({
  name: 'notes',
  properties: {
    text: { type: 'string', maxLength: 2_000_000 },
    owner: { reference: 'users', default: '$user', readOnly: true, onDelete: 'cascade' },
  },
  rules: {
    list: 'record.owner == user.id',
    read: 'record.owner == user.id',
    create: 'user != null',
    delete: 'record.owner == user.id',
  },
});

interface Received {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it
  readonly body: any;
}

/** A request without a network, with JSON both ways. */
export async function send(
  plinth: Plinth,
  method: string,
  path: string,
  { token, body }: { readonly token?: string; readonly body?: unknown } = {},
): Promise<Received> {
  const answer = await plinth.fetch(
    new Request(`http://localhost${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** A new user's access token. */
export async function signUp(plinth: Plinth, name: string): Promise<string> {
  const credentials = { email: `${name}@example.org`, password: 'correct horse battery' };
  const { status, body } = await send(plinth, 'POST', '/auth/register', { body: credentials });
  if (status !== 201) throw new Error(`cannot register: ${JSON.stringify(body)}`);
  return body.accessToken as string;
}
