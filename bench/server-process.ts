import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface ServerProcess {
  readonly name: string;
  readonly port: number;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
  /** Processor time used so far, all threads, user and system. */
  cpuMs(): number;
  /** Resident memory now, and the most there has been. */
  memory(): { readonly nowMb: number; readonly peakMb: number };
  /** SIGTERM; settles when the process has ended. */
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  /** Arguments of this Node: its options, then the program. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  /** Any path that is answered, with whatever status, once the server works. */
  readonly firstPath: string;
  /** Where its output goes: a log costs what it costs. */
  readonly outputFile: string;
}

const startTimeoutMs = 60_000;
/** USER_HZ, the unit of times in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Starts a server as a process of its own and waits for its first answer. */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const { name, port } = command;
  const output = openSync(command.outputFile, 'a');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...command.command], {
    env: { ...process.env, NODE_ENV: 'production', ...command.environment, PORT: String(port) },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  while (!(await answers(port, command.firstPath))) {
    if (child.exitCode !== null || performance.now() - startedAt > startTimeoutMs) {
      child.kill('SIGKILL');
      throw new Error(`${name} does not start:\n${readFileSync(command.outputFile, 'utf8').slice(-2_000)}`);
    }
    await delay(2);
  }
  const startMs = performance.now() - startedAt;
  const proc = `/proc/${child.pid}`;
  return {
    name,
    port,
    startMs,
    cpuMs: () => cpuMsOf(readFileSync(`${proc}/stat`, 'utf8')),
    memory: () => memoryOf(readFileSync(`${proc}/status`, 'utf8')),
    stop: () => stop(child),
  };
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ port, path, agent: false }, (response) => {
      response.resume().on('end', () => resolve(true));
    });
    sent.on('error', () => resolve(false));
    sent.end();
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function cpuMsOf(stat: string): number {
  // The second field is the command in parentheses, which may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

function memoryOf(status: string): { nowMb: number; peakMb: number } {
  const kilobytes = (label: string) => Number(new RegExp(`^${label}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { nowMb: kilobytes('VmRSS') / 1024, peakMb: kilobytes('VmHWM') / 1024 };
}
