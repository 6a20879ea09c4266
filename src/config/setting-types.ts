import { BlockList, isIP, isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { isWeakSecret } from './weak-secret.ts';

/** How a setting is read: from text, as in the environment, or from a value that an embedding program gives. */
export interface SettingType<T> {
  /** Completes the sentence "NAME must be …". */
  readonly expects: string;
  /** The value, or undefined when the text is not as expected. Relative paths start from `directory`. */
  read(text: string, directory: string): T | undefined;
  /** The same sentence for `accept`. */
  readonly expectsValue: string;
  /** The value that a program gives, if `read` could have returned it; undefined otherwise. */
  accept(value: unknown, directory: string): T | undefined;
}

const durationUnitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const hostName = /^[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_.])?$/i;
const ipv4Mapped = new BlockList();
ipv4Mapped.addSubnet('::ffff:0:0', 96, 'ipv6');
const sizeUnits = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** A setting whose value is its text. */
function ofText(expects: string, read: SettingType<string>['read']): SettingType<string> {
  const accept: SettingType<string>['accept'] = (value, directory) =>
    typeof value === 'string' ? read(value, directory) : undefined;
  return { expects, read, expectsValue: expects, accept };
}

/** Whole numbers from `minimum` to `maximum`, with a way of their own to write them. */
function ofNumber(
  [minimum, maximum]: readonly [number, number],
  unit: string,
  expects: string,
  parse: (text: string) => number | undefined,
): SettingType<number> {
  const accept = (value: unknown) =>
    Number.isInteger(value) ? within(value as number, minimum, maximum) : undefined;
  const expectsValue = `a whole number${unit} from ${minimum} to ${maximum}`;
  return { expects: expects || expectsValue, read: (text) => accept(parse(text)), expectsValue, accept };
}

export const text = ofText('a text', (value) => value);

/** An absolute path; a relative one starts from the working directory. */
export const path = ofText('a path', (value, directory) =>
  value.includes('\0') ? undefined : resolve(directory, value),
);

/** An IP address, or a host name (RFC 1123, 2.1). Whether this machine has it shows when it listens. */
export const host = ofText('an address such as 127.0.0.1 or ::, or a host name', (value) =>
  isIP(value) !== 0 || hostName.test(value) ? value : undefined,
);

export function integer(minimum: number, maximum: number): SettingType<number> {
  return ofNumber([minimum, maximum], '', '', (value) =>
    /^\d{1,15}$/.test(value) ? Number(value) : undefined,
  );
}

/** `500ms`, `30s`, `15m`, `2h`, `30d`, read as milliseconds. */
export function duration(minimum: string, maximum: string): SettingType<number> {
  const parse = (value: string) => quantity(value, durationUnitsMs);
  const expects = `a duration such as 500ms, 30s, 15m, 12h or 30d, from ${minimum} to ${maximum}`;
  return ofNumber([parse(minimum) as number, parse(maximum) as number], ' of milliseconds', expects, parse);
}

/** `512kb`, `1mb`: units of 1024, read as bytes. */
export function size(minimum: string, maximum: string): SettingType<number> {
  const parse = (value: string) => quantity(value.toLowerCase(), sizeUnits);
  const expects = `a size such as 512kb or 1mb, from ${minimum} to ${maximum}`;
  return ofNumber([parse(minimum) as number, parse(maximum) as number], ' of bytes', expects, parse);
}

export function oneOf<const T extends string>(...choices: readonly T[]): SettingType<T> {
  const accept = (value: unknown) => choices.find((choice) => choice === value);
  const expects = choices.join(' or ');
  return { expects, read: (value) => accept(value.toLowerCase()), expectsValue: expects, accept };
}

/** A secret that keys are derived from. */
export function secretOf(bytesMin: number): SettingType<string> {
  return ofText(
    `at least ${bytesMin} bytes long and not to be guessed, for example the output of \`openssl rand -base64 32\``,
    (value) => (Buffer.byteLength(value) >= bytesMin && !isWeakSecret(value) ? value : undefined),
  );
}

export const password = ofText('8 to 128 characters long', (value) =>
  within([...value.normalize('NFKC')].length, 8, 128) === undefined ? undefined : value,
);

export const email = ofText('an email address', (value) =>
  /^[^\s@]+@[^\s@]+$/.test(value) ? value : undefined,
);

/** The address that clients use, without a path's last slash, a query or a login. */
export const webUrl = ofText('an address such as https://api.example.org, without a query', (value) => {
  const url = parseUrl(value);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.search || url.hash || url.username || url.password) return undefined;
  return url.href.replace(/\/+$/, '');
});

/** `sqlite:PATH` with the path made absolute, or `postgres://…` as it is. */
export const databaseUrl = ofText(
  'sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
  (value, directory) => {
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
);

/** `redis://…`, or `rediss://…` for TLS, as it is. */
export const redisUrl = ofText('redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS', (value) => {
  const url = parseUrl(value);
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '') return undefined;
  return /^\/?\d{0,3}$/.test(url.pathname) ? value : undefined;
});

const quotaWindowsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const quotaMax = 1_000_000;
const quotaWindowMsMax = 86_400_000;

/** `600/1m`: so many requests in so many whole seconds, minutes, hours or days. */
export const quota: SettingType<{ readonly quota: number; readonly windowMs: number }> = {
  expects: 'a quota such as 600/1m: up to 1000000 requests in 1s to 1d',
  read(value) {
    const [, count, window] = /^([1-9]\d{0,6})\/([1-9]\d{0,4}[smhd])$/.exec(value) ?? [];
    if (window === undefined) return undefined;
    return quota.accept({ quota: Number(count), windowMs: quantity(window, quotaWindowsMs) }, '');
  },
  expectsValue: '{ quota, windowMs }: up to 1000000 requests in 1000 to 86400000 ms, in whole seconds',
  accept(value) {
    const { quota: count, windowMs } = Object(value) as {
      readonly quota?: unknown;
      readonly windowMs?: unknown;
    };
    if (!Number.isInteger(count) || !Number.isInteger(windowMs) || Number(windowMs) % 1_000 !== 0)
      return undefined;
    const isWithin =
      within(Number(count), 1, quotaMax) !== undefined &&
      within(Number(windowMs), 1_000, quotaWindowMsMax) !== undefined;
    return isWithin ? { quota: Number(count), windowMs: Number(windowMs) } : undefined;
  },
};

/** Origins (scheme, host, port) separated by commas, or `*`, or `none`. */
export const origins = ofList(
  'origins such as https://app.example.org',
  ', separated by commas, or * or none',
  (item) => item === '*' || parseUrl(item)?.origin === item,
);

/**
 * Addresses and networks separated by commas, or `none`; `any` alone stands for every address. A network in which there
 * are strangers is refused: whoever connects from one could then choose the address that limits are counted for.
 */
export const networks = ofList(
  'addresses or networks such as 10.0.0.0/8 or ::1',
  ', separated by commas, or none, or any (never a number, nor a network like 0.0.0.0/0)',
  (item, { length }) => (item === 'any' ? length === 1 : isNetwork(item)),
);

function isNetwork(item: string): boolean {
  const [address, prefix, ...rest] = item.split('/') as [string, ...string[]];
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%')) return false;
  if (prefix === undefined) return true;
  if (!/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) >= prefixMin(address) && Number(prefix) <= (isIPv4(address) ? 32 : 128);
}

/** The widest that belong to one network are 10.0.0.0/8 and fc00::/7 (RFC 1918, RFC 4193); an IPv4 one may be mapped. */
function prefixMin(address: string): number {
  if (isIPv4(address)) return 8;
  if (ipv4Mapped.check(address, 'ipv6')) return 96 + 8;
  return /^f[c-f]/i.test(address) ? 7 : 16;
}

function ofList(
  items: string,
  written: string,
  isItem: (item: string, items: readonly unknown[]) => boolean,
): SettingType<readonly string[]> {
  const accept = (value: unknown) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && isItem(item, value))
      ? ([...value] as readonly string[])
      : undefined;
  return {
    expects: `${items}${written}`,
    read: (value) => (value === 'none' ? [] : accept(value.split(',').map((item) => item.trim()))),
    expectsValue: `a list of ${items}`,
    accept,
  };
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
