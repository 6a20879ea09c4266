import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { InvalidSettings, loadSettings, readSettings } from '#config/index.ts';
import { secret } from '../support/secret.ts';

const another = 'another one of thirty-two bytes, or more';

describe('settings', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plinth-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const load = (environment: Record<string, string>) => loadSettings({ environment, directory });
  const read = (environment: Record<string, string>) => readSettings({ environment, directory });
  const dotEnv = (text: string) => writeFileSync(join(directory, '.env'), text);

  test('work without any environment', () => {
    const settings = load({});
    assert.equal(settings.host, '127.0.0.1');
    assert.equal(settings.port, 3000);
    assert.equal(settings.dataDir, join(directory, 'data'));
    assert.equal(settings.databaseUrl, `sqlite:${join(directory, 'data', 'plinth.db')}`);
    assert.equal(settings.accessTokenTtlMs, 900_000);
    assert.equal(settings.refreshTokenTtlMs, 30 * 86_400_000);
    assert.equal(settings.bodyLimitBytes, 1_048_576);
    assert.deepEqual(settings.trustedProxies, []);
    assert.equal(settings.redisUrl, undefined);
    assert.equal(settings.rateLimit, 'on');
    assert.deepEqual(settings.rateLimitDefault, { quota: 600, windowMs: 60_000 });
    assert.deepEqual(settings.rateLimitAuth, { quota: 10, windowMs: 60_000 });
    assert.deepEqual(settings.rateLimitAnonymous, { quota: 120, windowMs: 60_000 });
    assert.ok(Object.isFrozen(settings));
  });

  test('come from the environment first, then from .env, then from the default', () => {
    dotEnv('PORT=4000\nHOST=0.0.0.0\n');
    const { settings, entries } = read({ PORT: '5000' });
    assert.equal(settings?.port, 5000);
    assert.equal(settings?.host, '0.0.0.0');
    const sources = Object.fromEntries(entries.map((entry) => [entry.name, entry.source]));
    assert.equal(sources.PORT, 'environment');
    assert.equal(sources.HOST, '.env');
    assert.equal(sources.DATA_DIR, 'default');
  });

  test('count an empty value as unset', () => {
    dotEnv('PORT=4000\n');
    assert.equal(load({ PORT: '' }).port, 4000);
    dotEnv('PORT=\nAUTH_SECRET=\n');
    assert.equal(load({}).port, 3000);
    assert.equal(load({}).authSecret, undefined);
  });

  test('report all mistakes at once, by name', () => {
    assert.throws(
      () =>
        load({
          PORT: '70000',
          ACCESS_TOKEN_TTL: '15',
          BODY_LIMIT: 'big',
          LOG_LEVEL: 'loud',
          PUBLIC_URL: 'x',
        }),
      (error: unknown) => {
        assert.ok(error instanceof InvalidSettings);
        const named = error.mistakes.map((mistake) => mistake.split(' ')[0]);
        assert.deepEqual(named, ['PORT', 'PUBLIC_URL', 'ACCESS_TOKEN_TTL', 'BODY_LIMIT', 'LOG_LEVEL']);
        assert.match(error.message, /PORT must be a whole number from 0 to 65535, not "70000"\./);
        return true;
      },
    );
  });

  test('never show a secret, neither in a mistake nor in a listing', () => {
    const secrets = {
      AUTH_SECRET: 'short-hush',
      ADMIN_PASSWORD: 'hush',
      DATABASE_URL: 'mysql://a:hush@host/db',
    };
    const { mistakes, entries } = read(secrets);
    assert.equal(mistakes.length, 3);
    assert.doesNotMatch(JSON.stringify([mistakes, entries]), /hush/);
    const good = read({
      DATABASE_URL: 'postgres://ann:hush@host:5432/db?sslkey=hush',
      AUTH_SECRET: 'hush, this is for nobody but those who run it',
    });
    assert.deepEqual(good.mistakes, []);
    assert.doesNotMatch(JSON.stringify(good.entries), /hush/);
    assert.match(JSON.stringify(good.entries), /ann:\*\*\*@host:5432/);
    const redis = read({ REDIS_URL: 'rediss://plinth:hush@host:6380/2' });
    assert.doesNotMatch(JSON.stringify(redis.entries), /hush/);
    assert.match(JSON.stringify(redis.entries), /plinth:\*\*\*@host:6380/);
  });

  test('take a secret from the file that its twin names', () => {
    const file = join(directory, 'secret');
    writeFileSync(file, `${secret}\n`);
    assert.equal(load({ AUTH_SECRET_FILE: file }).authSecret, secret);
    dotEnv(`AUTH_SECRET=${another}\n`);
    assert.equal(load({ AUTH_SECRET_FILE: file }).authSecret, secret, 'the environment wins');
    assert.throws(() => load({ AUTH_SECRET_FILE: file, AUTH_SECRET: another }), /are both set/);
    assert.throws(() => load({ AUTH_SECRET_FILE: join(directory, 'none') }), /cannot be read \(ENOENT\)/);
    writeFileSync(file, '\n');
    assert.throws(() => load({ AUTH_SECRET_FILE: file }), /which is empty/);
  });

  test('require a shared secret in production on PostgreSQL only', () => {
    const postgres = { DATABASE_URL: 'postgres://host/db' };
    assert.throws(() => load({ NODE_ENV: 'production', ...postgres }), /AUTH_SECRET is required/);
    load({ NODE_ENV: 'production', AUTH_SECRET: secret, ...postgres });
    load({ NODE_ENV: 'production' });
    load(postgres);
  });

  test('trust proxies by address or network, never by count', () => {
    assert.deepEqual(load({ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies, ['10.0.0.0/8', '::1']);
    for (const value of ['1', 'true', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', 'loopback', '10.0.0.1,']) {
      assert.throws(
        () => load({ TRUSTED_PROXIES: value }),
        /TRUSTED_PROXIES must be addresses or networks/,
        value,
      );
    }
  });

  test('refuse a secret that can be guessed', () => {
    for (const weak of [
      's'.repeat(32),
      'hush'.repeat(8),
      'abcdefghijabcdefghijabcdefghijabcde',
      '01010010110101001011010010110100101',
      'abcdefghijklmnopqrstuvwxyz0123456789',
      'change-me-change-me-please-now-1234',
      'CHANGE_ME_IN_PRODUCTION_0123456789ab',
      'your-secret-key-of-at-least-32-bytes',
      'my super secret value for production!',
      '<replace this with a secret of 32 bytes>',
    ]) {
      assert.throws(() => load({ AUTH_SECRET: weak }), /AUTH_SECRET must be .* not to be guessed/, weak);
    }
    for (let made = 0; made < 1_000; made++) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        const strong = randomBytes(32).toString(encoding);
        assert.equal(load({ AUTH_SECRET: strong }).authSecret, strong);
      }
    }
  });

  test('trust everybody for a proxy only when told so in a word', () => {
    const wide = ['0.0.0.0/0', '::/0', '0.0.0.0/1, 128.0.0.0/1', '10.0.0.0/7', '::ffff:0:0/96', '2000::/3'];
    for (const value of [...wide, 'any, 10.0.0.1']) {
      assert.throws(() => load({ TRUSTED_PROXIES: value }), /TRUSTED_PROXIES must be .* or any \(/, value);
    }
    assert.deepEqual(load({ TRUSTED_PROXIES: 'any' }).trustedProxies, ['any']);
    const narrow = ['10.0.0.0/8', 'fc00::/7', '2400:cb00::/32', '::ffff:10.0.0.0/104'];
    assert.deepEqual(load({ TRUSTED_PROXIES: narrow.join() }).trustedProxies, narrow);
  });

  test('refuse what only looks right', () => {
    const wrong: Record<string, string[]> = {
      HOST: ['a b', 'http://x', 'x:3000', '1.2.3.4/8', '[::1]', '-x'],
      PORT: ['0x10', '1e3', '-1', '3000.5', '99999999999999999999'],
      ACCESS_TOKEN_TTL: ['0s', '15 m', '15M', '-1s', '2d', '1constructor'],
      BODY_LIMIT: ['0mb', '1.5mb', '101mb', '1tb'],
      PUBLIC_URL: ['ftp://x', 'https://u:p@x', 'https://x/?a=1', '//x'],
      DATABASE_URL: ['sqlite:', 'sqlite::memory:', 'postgres://host', 'http://x/db', 'sqlite://host/file'],
      CORS_ORIGINS: ['https://x/path', 'x', 'https://x,'],
      ADMIN_EMAIL: ['ann'],
      REDIS_URL: ['localhost:6379', 'http://x', 'redis://', 'redis://x/name'],
      RATE_LIMIT_DEFAULT: ['600', 'off', '0/1m'],
      APPLY_ON_START: ['always', 'constructor'],
    };
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) {
        assert.throws(() => load({ [name]: value }), new RegExp(`${name} must be`), `${name}=${value}`);
      }
    }
  });

  test('name what stands in .env and is no setting', () => {
    dotEnv('PROT=4000\nAUTH_SECRET_FILE=\nPORT_FILE=x\n');
    assert.deepEqual(read({ PRT: 'x' }).unknownNames.toSorted(), ['PORT_FILE', 'PROT']);
  });

  test('say when .env cannot be read', () => {
    rmSync(join(directory, '.env'), { force: true });
    assert.throws(() => loadSettings({ environment: {}, directory: '\0' }), /cannot be read/);
  });
});
