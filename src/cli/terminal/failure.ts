import { dirname, isAbsolute, relative, sep } from 'node:path';
import { InvalidSettings, readSettings, type Settings } from '#config/index.ts';
import { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';
import { isOperatorProblem, Problem } from '#domain/errors/problem.ts';
import { explainDatabase } from './database-failure.ts';
import type { Terminal } from './terminal.ts';

/** The error that stopped a command, in sentences that say what to do; with its stack only for a mistake of ours. */
export function explainFailure(error: unknown, terminal: Terminal): string {
  if (error instanceof InvalidSettings) return error.message;
  if (isOperatorProblem(error)) return error.message;
  if (error instanceof Problem) return explainProblem(error);
  const { settings } = readSettings(terminal);
  if (error instanceof DatabaseUnavailable) return explainDatabase(error, settings?.databaseUrl ?? '');
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  if (syscall === 'listen' || syscall === 'getaddrinfo')
    return explainListen(code, settings?.host, settings?.port);
  if (code !== undefined && path !== undefined) return explainFile(code, path, isDataPath(path, settings));
  const stack = settings?.logLevel === 'debug' && error instanceof Error ? `\n${error.stack}` : '';
  return `Plinth failed in a way it should not: ${message}. Set LOG_LEVEL=debug to see where.${stack}`;
}

function explainProblem({ message, details }: Problem): string {
  const reasons = (details.errors ?? []).map(({ pointer, detail }) => `  ${pointer}: ${detail}`);
  return [`${message}.`, ...reasons].join('\n');
}

function explainListen(code: string | undefined, host = '', port = 0): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use. Stop the program that uses it, or choose another port with PORT.`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose a port above 1023 with PORT.`;
    default:
      return `${host} is not an address of this machine (${code}). Set HOST to 127.0.0.1, or to 0.0.0.0 for every network.`;
  }
}

/** Whether a path is the data folder, in it, or above it. */
function isDataPath(path: string, settings: Settings | undefined): boolean {
  if (settings === undefined) return false;
  const { dataDir, databaseUrl } = settings;
  const folders = [dataDir];
  if (databaseUrl.startsWith('sqlite:')) folders.push(dirname(databaseUrl.slice('sqlite:'.length)));
  return folders.some((folder) => isWithin(path, folder) || isWithin(folder, path));
}

function isWithin(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

function explainFile(code: string, path: string, ours: boolean): string {
  const another = ours ? 'name another folder with DATA_DIR' : 'choose another place';
  const user = process.getuid === undefined ? 'this user' : `the user with id ${process.getuid()}`;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be used by ${user}. Give that user the right to read and write it, or ${another}.`;
    case 'EROFS':
      return `${path} is on a read-only disk. Make it writable, or ${another}.`;
    case 'ENOSPC':
      return `The disk of ${path} is full. Make room, then start again.`;
    case 'ENOENT':
      return ours
        ? `${path} cannot be made. Check it, or ${another}.`
        : `${path} is not there. Check its name.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return ours
        ? `${path} is not a folder. Make it one, or ${another}.`
        : `${dirname(path)} is not a folder. Choose another place.`;
    case 'EISDIR':
      return `${path} is a folder, not a file. Check its name.`;
    default:
      return `${path} cannot be used (${code}).`;
  }
}
