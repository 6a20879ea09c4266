import { isIP, isIPv4 } from 'node:net';
import { resolve } from 'node:path';

/** How the text of a setting is read. */
export interface Kind<T> {
  /** Completes the sentence "NAME must be …". */
  readonly expects: string;
  /** The value, or undefined when the text is not what is expected. `directory` is what relative paths start from. */
  read(text: string, directory: string): T | undefined;
}

const durationUnitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const hostName = /^[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_.])?$/i;
const sizeUnits = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

export const text: Kind<string> = { expects: 'a text', read: (value) => value };

/** An absolute path; what is relative starts from the working directory. */
export const path: Kind<string> = {
  expects: 'a path',
  read: (value, directory) => (value.includes('\0') ? undefined : resolve(directory, value)),
};

/** An IP address, or a name (RFC 1123, 2.1); whether it is one of this machine is found out by listening. */
export const host: Kind<string> = {
  expects: 'an address such as 127.0.0.1 or ::, or a host name',
  read: (value) => (isIP(value) !== 0 || hostName.test(value) ? value : undefined),
};

export function integer(minimum: number, maximum: number): Kind<number> {
  return {
    expects: `a whole number from ${minimum} to ${maximum}`,
    read: (value) => within(/^\d{1,15}$/.test(value) ? Number(value) : undefined, minimum, maximum),
  };
}

/** `500ms`, `30s`, `15m`, `2h`, `30d`, read as milliseconds. */
export function duration(minimum: string, maximum: string): Kind<number> {
  const read = (value: string) => quantity(value, durationUnitsMs);
  return {
    expects: `a duration such as 500ms, 30s, 15m, 12h or 30d, from ${minimum} to ${maximum}`,
    read: (value) => within(read(value), read(minimum) as number, read(maximum) as number),
  };
}

/** `512kb`, `1mb`: units of 1024, read as bytes. */
export function size(minimum: string, maximum: string): Kind<number> {
  const read = (value: string) => quantity(value.toLowerCase(), sizeUnits);
  return {
    expects: `a size such as 512kb or 1mb, from ${minimum} to ${maximum}`,
    read: (value) => within(read(value), read(minimum) as number, read(maximum) as number),
  };
}

export function oneOf<const T extends string>(...choices: readonly T[]): Kind<T> {
  return {
    expects: choices.join(' or '),
    read: (value) => choices.find((choice) => choice === value.toLowerCase()),
  };
}

/** A secret that keys are derived from. */
export function secretOf(bytesMin: number): Kind<string> {
  return {
    expects: `at least ${bytesMin} bytes long, for example the output of \`openssl rand -base64 32\``,
    read: (value) => (Buffer.byteLength(value) >= bytesMin ? value : undefined),
  };
}

export const password: Kind<string> = {
  expects: '8 to 128 characters long',
  read: (value) => (within([...value.normalize('NFKC')].length, 8, 128) === undefined ? undefined : value),
};

export const email: Kind<string> = {
  expects: 'an email address',
  read: (value) => (/^[^\s@]+@[^\s@]+$/.test(value) ? value : undefined),
};

/** The address that clients use, without a path's last slash, a query or a login. */
export const webUrl: Kind<string> = {
  expects: 'an address such as https://api.example.org, without a query',
  read(value) {
    const url = parseUrl(value);
    if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
    if (url.search || url.hash || url.username || url.password) return undefined;
    return url.href.replace(/\/+$/, '');
  },
};

/** `sqlite:PATH` with the path made absolute, or `postgres://…` as it is. */
export const databaseUrl: Kind<string> = {
  expects: 'sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
  read(value, directory) {
    if (value.startsWith('sqlite:')) {
      const file = value.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
      // Two connections share the file, so a database in memory cannot work.
      return file === '' || file.includes(':memory:') || file.startsWith('//')
        ? undefined
        : `sqlite:${resolve(directory, file)}`;
    }
    const url = parseUrl(value);
    return url && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1 ? value : undefined;
  },
};

/** `redis://…`, or `rediss://…` for TLS, as it is. */
export const redisUrl: Kind<string> = {
  expects: 'redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS',
  read(value) {
    const url = parseUrl(value);
    if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '') return undefined;
    return /^\/?\d{0,3}$/.test(url.pathname) ? value : undefined;
  },
};

const quotaWindowsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const quotaMax = 1_000_000;
const quotaWindowMsMax = 86_400_000;

/** `600/1m`: so many requests in so many whole seconds, minutes, hours or days. */
export const quota: Kind<{ readonly quota: number; readonly windowMs: number }> = {
  expects: 'a quota such as 600/1m: up to 1000000 requests in 1s to 1d',
  read(value) {
    const [, count, window] = /^([1-9]\d{0,6})\/([1-9]\d{0,4}[smhd])$/.exec(value) ?? [];
    if (window === undefined) return undefined;
    const windowMs = quantity(window, quotaWindowsMs) as number;
    return Number(count) <= quotaMax && windowMs <= quotaWindowMsMax
      ? { quota: Number(count), windowMs }
      : undefined;
  },
};

/** Origins (scheme, host, port) separated by commas, or `*`, or `none`. */
export const origins: Kind<readonly string[]> = {
  expects: 'origins such as https://app.example.org, separated by commas, or * or none',
  read: (value) => list(value, (item) => item === '*' || parseUrl(item)?.origin === item),
};

/** Addresses and networks separated by commas, or `none`. */
export const networks: Kind<readonly string[]> = {
  expects:
    'addresses or networks such as 10.0.0.0/8 or ::1, separated by commas, or none (a number of proxies cannot be trusted)',
  read: (value) => list(value, isNetwork),
};

function isNetwork(item: string): boolean {
  const [address, prefix, ...rest] = item.split('/') as [string, ...string[]];
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%')) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128);
}

function list(value: string, isItem: (item: string) => boolean): readonly string[] | undefined {
  if (value === 'none') return [];
  const items = value.split(',').map((item) => item.trim());
  return items.every(isItem) ? items : undefined;
}

function quantity(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,9})([a-z]{1,2})$/.exec(value) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  return factor === undefined ? undefined : Number(digits) * factor;
}

function within(value: number | undefined, minimum: number, maximum: number): number | undefined {
  return value !== undefined && value >= minimum && value <= maximum ? value : undefined;
}

function parseUrl(value: string): URL | undefined {
  return URL.parse(value) ?? undefined;
}
