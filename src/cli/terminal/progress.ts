import type { Terminal } from './terminal.ts';

const width = 24;
const redrawMs = 100;

export interface Progress {
  update(progress: { bytes: number; rows: number }): void;
  /** Removes the bar. */
  end(): void;
}

/** A progress bar on standard error; nothing where that is no terminal. */
export function createProgress(terminal: Terminal, bytesTotal: number | undefined): Progress {
  const { stderr } = terminal;
  if (!stderr.isTTY) return { update: () => undefined, end: () => undefined };
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    update({ bytes, rows }) {
      if (performance.now() - drawnAt < redrawMs) return;
      drawnAt = performance.now();
      const part = bytesTotal ? Math.min(1, bytes / bytesTotal) : 0;
      const bar = bytesTotal
        ? `${'█'.repeat(Math.round(part * width)).padEnd(width, '░')} ${Math.floor(part * 100)} %  `
        : '';
      stderr.write(`\r\x1b[K${bar}${rows.toLocaleString('en')} rows`);
    },
    end: () => void stderr.write('\r\x1b[K'),
  };
}
