import { inspect, styleText, type InspectColor } from 'node:util';

const colors: Readonly<Record<string, InspectColor>> = {
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
};

/** Draws JSON log lines for people: `12:30:01 info  message key=value`, an error's stack below it. */
export function createPretty(output: NodeJS.WritableStream): { write(line: string): void } {
  // styleText looks at the stream: no color where it is not a terminal, or where NO_COLOR is set.
  const paint = (color: InspectColor, text: string) => styleText(color, text, { stream: output });
  return {
    write(line) {
      const { time, level, message, error, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const head = `${paint('gray', clockTime(String(time)))} ${paint(colors[String(level)] ?? 'white', String(level).padEnd(5))}`;
      const rest = Object.entries(fields).map(([key, value]) => paint('gray', `${key}=${shown(value)}`));
      output.write(`${[head, String(message), ...rest].join(' ')}\n${drawnError(error)}`);
    },
  };
}

function clockTime(time: string): string {
  return new Date(time).toTimeString().slice(0, 8);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 4 });
}

function drawnError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = error as { stack?: string; message?: string };
  return `${(stack ?? message ?? inspect(error)).replaceAll(/^/gm, '    ')}\n`;
}
