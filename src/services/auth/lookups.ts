import { normaliseEmail } from '#domain/access/email.ts';
import type { AuthService } from './auth.ts';
import type { AuthParts } from './parts.ts';

/** What the door asks to know whom a request is about, before it is carried out. */
export function createLookups(parts: AuthParts): Pick<AuthService, 'addressesOf' | 'accountOf'> {
  const { database, users, sessions, tokens, clock } = parts;
  return {
    addressesOf(email) {
      const address = normaliseEmail(email);
      return database.read(async (session) => {
        const user = address === null ? null : await users.findByEmail(session, address);
        if (user === null) return [];
        const found = await sessions.stored.listOf(session, user.id, clock.now().toISOString());
        return found.map((one) => one.address);
      });
    },
    async accountOf(refreshToken) {
      if (!tokens.isRefresh(refreshToken)) return null;
      return database.read((session) => sessions.userOf(session, refreshToken));
    },
  };
}
