import { normaliseEmail } from '#domain/access/email.ts';
import type { AuthService } from './auth.ts';
import type { AuthDependencies } from './dependencies.ts';

/** What the door asks to know whom a request is about, before it is carried out. */
export function createLookups(parts: AuthDependencies): Pick<AuthService, 'addressesOf' | 'accountOf'> {
  const { database, users, sessions, tokens, clock } = parts;
  return {
    addressesOf(email) {
      const address = normaliseEmail(email);
      return database.read(async (reader) => {
        const user = address === null ? null : await users.findByEmail(reader, address);
        if (user === null) return [];
        const found = await sessions.stored.listOf(reader, user.id, clock.now().toISOString());
        return found.map((one) => one.address);
      });
    },
    async accountOf(refreshToken) {
      if (!tokens.isRefresh(refreshToken)) return null;
      return database.read((reader) => sessions.userOf(reader, refreshToken));
    },
  };
}
