import { dirname, join } from 'node:path';

export interface SourceFile {
  /** From the root of the repository: `src/http/server.ts`. */
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
  app: ['http', 'worker', 'services', 'data', 'platform', 'config', 'domain'],
  cli: ['app', 'http', 'services', 'data', 'platform', 'config', 'domain'],
  main: ['cli'],
};

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
    const found = [...file.text.matchAll(importLine)].flatMap(([, target]) =>
      complaint(file.path, room, target as string),
    );
    if (/\bprocess\.env\b/.test(file.text) && room !== 'config')
      found.push(`${file.path}: process.env belongs to config`);
    return found;
  });
}

function complaint(path: string, room: string, target: string): string[] {
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

function isSameFolder(path: string, there: string, rest: readonly string[]): boolean {
  if (there === 'data') return path.startsWith('src/data/');
  return path.startsWith(`src/${there}/${rest[0] ?? ''}/`);
}

/** `src/http/routes/x.ts` → http; `src/app.ts` → app. */
function roomOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}
