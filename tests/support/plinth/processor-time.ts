import { readFileSync } from 'node:fs';

/** Seconds of processor time, user and system, that a process has used since it began. Linux only. */
export function processorSeconds(pid: number): number {
  // The name of the program, in parentheses, may contain anything; the times are in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
