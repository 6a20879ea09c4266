import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/**
 * `npm run build`: compiles `src` to `dist`, which is what the package runs, because Node strips no types below
 * `node_modules`. The compiler leaves `#domain/x.ts` as it is; the checkout's map of imports leads to the sources, so
 * the compiled files name each other by relative paths and need no map. Ends with the compiler's exit code.
 */
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  imports: Readonly<Record<string, string>>;
};

/** `from '…'`, `import '…'`, `import('…')` and `export … from '…'` of a TypeScript source. */
const sourceImport = /(\b(?:from|import)\s*\(?\s*)(['"])([#.][^'"]*\.ts|#[a-z]+)\2/g;

const relativeImport = /(\b(?:from|import)\s*\(?\s*)(['"])(\.[^'"]*\.js)\2/g;

function compile(): void {
  rmSync(dist, { recursive: true, force: true });
  const compiler = join(root, 'node_modules/.bin/tsc');
  execFileSync(compiler, ['-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
}

function rewriteImports(file: string): void {
  const before = readFileSync(file, 'utf8');
  const after = before.replace(
    sourceImport,
    (_, head: string, quote: string, target: string) => `${head}${quote}${compiled(file, target)}${quote}`,
  );
  if (after !== before) writeFileSync(file, after);
}

/** `#domain/memo.ts`, read in `dist/http/routes/x.js`, is `../../domain/memo.js`. */
function compiled(file: string, target: string): string {
  const own = target.startsWith('#') ? relativeTo(file, sourceOf(target)) : target;
  return own.replace(/\.ts$/, '.js');
}

/** The source that an entry of `imports` leads to, as `domain/memo.ts`. */
function sourceOf(target: string): string {
  for (const [pattern, source] of Object.entries(imports)) {
    const [start = '', end] = pattern.split('*');
    const isMatch = end === undefined ? target === pattern : target.startsWith(start) && target.endsWith(end);
    if (!isMatch) continue;
    const name = end === undefined ? '' : target.slice(start.length, -end.length);
    return source.replace('*', name).replace('./src/', '');
  }
  throw new Error(`package.json has no import ${target}`);
}

function relativeTo(file: string, source: string): string {
  const path = relative(dirname(file), join(dist, source)).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** What the program reads beside its code. */
function copyData(): void {
  for (const file of globSync('**/*.txt', { cwd: join(root, 'src') })) {
    copyFileSync(join(root, 'src', file), join(dist, file));
  }
}

/** Nobody can reach the others: package.json exports index.js alone. */
function removeInnerDeclarations(): void {
  const kept = new Set<string>();
  keep(join(dist, 'index.d.ts'));
  for (const file of globSync(join(dist, '**/*.d.ts'))) {
    if (kept.has(file)) continue;
    rmSync(file);
    rmSync(`${file}.map`);
  }

  function keep(file: string): void {
    if (kept.has(file)) return;
    kept.add(file);
    for (const [, , , target] of readFileSync(file, 'utf8').matchAll(relativeImport)) {
      keep(join(dirname(file), (target as string).replace(/\.js$/, '.d.ts')));
    }
  }
}

try {
  compile();
} catch (error) {
  process.exit((error as { status?: number }).status ?? 1);
}
for (const file of globSync(join(dist, '**/*.{js,d.ts}'))) rewriteImports(file);
removeInnerDeclarations();
copyData();
