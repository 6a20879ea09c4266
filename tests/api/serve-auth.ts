import { openAuth, ada } from '../services/auth/fixture.ts';
import type { TestDatabase } from '../support/databases.ts';
import { standInServer } from '../support/plinth/stand-ins.ts';
import { type ServicesOptions } from '../support/plinth/services.ts';

interface Pair {
  readonly user: Readonly<Record<string, unknown>> & { readonly id: string };
  readonly accessToken: string;
  readonly refreshToken: string;
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE';

/** The HTTP door over the real service. */
export async function serveAuth(kind: TestDatabase, options: ServicesOptions = {}) {
  const rig = await openAuth(kind, options);
  const { auth, records } = rig;
  const server = standInServer({ auth, records: records.service });
  async function send(
    method: Method,
    url: string,
    { token, authorization, body }: { token?: string; authorization?: string; body?: unknown } = {},
  ) {
    const header = authorization ?? (token === undefined ? undefined : `Bearer ${token}`);
    const answer = await server.inject({
      method,
      url,
      headers: {
        host: 'localhost',
        'user-agent': 'a test',
        ...(header !== undefined && { authorization: header }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    const text = answer.body;
    // The tests know what they asked for.
    // eslint-disable-next-line typescript/no-explicit-any
    const parsed: any = text === '' ? '' : JSON.parse(text);
    return { status: answer.statusCode, headers: answer.headers, body: parsed };
  }
  const signUp = async () => (await send('POST', '/auth/register', { body: ada })).body as Pair;
  return { ...rig, send, signUp };
}
