import { dirname, join } from 'node:path';

export interface SourceFile {
  /** From the root of the repository: `src/http/server/create-server.ts`. */
  readonly path: string;
  readonly text: string;
}

/** What each room may import besides itself: the drawing in docs/architecture.md, as data. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  config: [],
  data: ['domain'],
  platform: ['domain'],
  services: ['data', 'platform', 'domain'],
  http: ['services', 'platform', 'domain'],
  worker: ['services', 'platform', 'domain'],
  plinth: ['http', 'worker', 'services', 'data', 'platform', 'config', 'domain'],
  cli: ['plinth', 'http', 'services', 'data', 'platform', 'config', 'domain'],
  library: ['plinth', 'http', 'services', 'data', 'platform', 'config', 'domain'],
  main: ['cli'],
  index: ['library', 'domain'],
};

/**
 * The rooms inside `domain`, from the ground up: each imports from itself and from those before it. The files beside
 * them (near-miss, hmac, memo) are below all of them.
 */
const domainOrder = [
  'json',
  'errors',
  'preconditions',
  'kinds',
  'expressions',
  'collections',
  'access',
  'query',
  'operations',
  'changes',
];

const ground = 'the ground';

/** The rooms of `services`, from the ground up: each imports from those on lines above its own, and none beside it. */
const servicesOrder = [
  ['collections'],
  ['changes'],
  ['records'],
  ['auth', 'jobs', 'extensions'],
  ['webhooks', 'live-queries', 'transfer', 'idempotency', 'response-cache'],
];

/** Libraries that only one room knows, so that each can be replaced in one place. */
const homeOf: Readonly<Record<string, string>> = {
  kysely: 'data',
  pg: 'data',
  'better-sqlite3': 'data',
  fastify: 'http',
  jose: 'platform',
  ioredis: 'platform',
  commander: 'cli',
};

const importLine = /(?:\bfrom\s+|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g;

/** Every import that climbs, goes around a front door or brings a library into the wrong room; a sentence each. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    const found = targetsIn(file).flatMap((target) => complaint(file.path, room, target));
    if (/\bprocess\.env\b/.test(file.text) && room !== 'config')
      found.push(`${file.path}: process.env belongs to config`);
    return found;
  });
}

/** Files that import each other, directly or by way of others, types included; a sentence for each such knot. */
export function circles(files: readonly SourceFile[]): string[] {
  const imports = new Map(
    files.map((file) => [file.path, targetsIn(file).flatMap((target) => pathOf(file.path, target) ?? [])]),
  );
  const settled = new Set<string>();
  const found: string[] = [];
  for (const path of imports.keys()) follow(path, []);
  return found;

  function follow(path: string, way: readonly string[]): void {
    const start = way.indexOf(path);
    if (start >= 0) found.push(`${[...way.slice(start), path].join(' → ')} is a circle`);
    if (start >= 0 || settled.has(path)) return;
    for (const next of imports.get(path) ?? []) follow(next, [...way, path]);
    settled.add(path);
  }
}

function targetsIn({ text }: SourceFile): string[] {
  return [...text.matchAll(importLine)].map(([, target]) => target as string);
}

/** The file of ours that an import names; undefined for a library. */
function pathOf(from: string, target: string): string | undefined {
  if (target.startsWith('.')) return join(dirname(from), target);
  if (!target.startsWith('#')) return undefined;
  return target.includes('/') ? `src/${target.slice(1)}` : `src/${target.slice(1)}.ts`;
}

function complaint(path: string, room: string, target: string): string[] {
  if (room === 'domain') {
    const climbing = climbsInDomain(path, target);
    if (climbing !== undefined) return [climbing];
  }
  if (room === 'services') {
    const climbing = climbsInServices(path, target);
    if (climbing !== undefined) return [climbing];
  }
  if (target.startsWith('.')) {
    const there = roomOf(join(dirname(path), target));
    const isManifest = join(dirname(path), target) === 'package.json';
    return there === room || isManifest ? [] : [`${path}: ${target} leaves its room; write #${there}/…`];
  }
  if (!target.startsWith('#')) {
    const name = target.startsWith('@') ? target : (target.split('/')[0] as string);
    const home = homeOf[name];
    return home === undefined || home === room ? [] : [`${path}: ${name} belongs to ${home}`];
  }
  const [there = '', ...rest] = target.slice(1).split('/');
  if (there !== room && !(mayImport[room] ?? []).includes(there))
    return [`${path}: ${room} may not import ${there}`];
  const isFrontDoor =
    (there !== 'data' && there !== 'services') ||
    target.endsWith('/index.ts') ||
    isSameFolder(path, there, rest);
  return isFrontDoor ? [] : [`${path}: ${target} is entered by its index.ts`];
}

function climbsInDomain(path: string, target: string): string | undefined {
  const to = pathOf(path, target);
  if (to === undefined || roomOf(to) !== 'domain') return undefined;
  const [from, there] = [roomInDomain(path), roomInDomain(to)];
  return levelOf(there) <= levelOf(from) ? undefined : `${path}: in domain, ${from} may not import ${there}`;
}

function climbsInServices(path: string, target: string): string | undefined {
  const to = pathOf(path, target);
  if (to === undefined || roomOf(to) !== 'services') return undefined;
  const [from = '', there = ''] = [path, to].map((each) => each.split('/')[2]);
  const level = (room: string) => servicesOrder.findIndex((rooms) => rooms.includes(room));
  if (level(from) < 0) return `${path}: the order of services does not know ${from}`;
  const isBelow = from === there || (level(there) >= 0 && level(there) < level(from));
  return isBelow ? undefined : `${path}: among services, ${from} may not import ${there}`;
}

/** A room that the order does not know is above all that it knows, so that it has to be put in. */
function levelOf(room: string): number {
  const level = domainOrder.indexOf(room);
  return level < 0 && room !== ground ? domainOrder.length : level;
}

/** `src/domain/query/x.ts` → query, `src/domain/operations.ts` → operations, `src/domain/memo.ts` → the ground. */
function roomInDomain(path: string): string {
  const [, , name = '', file] = path.split('/');
  const room = name.replace(/\.ts$/, '');
  return file === undefined && !domainOrder.includes(room) ? ground : room;
}

function isSameFolder(path: string, there: string, rest: readonly string[]): boolean {
  if (there === 'data') return path.startsWith('src/data/');
  return path.startsWith(`src/${there}/${rest[0] ?? ''}/`);
}

/** `src/http/routes/x.ts` → http; `src/plinth.ts` → plinth. */
function roomOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}
