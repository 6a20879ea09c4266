import { inspect, styleText, type InspectColor } from 'node:util';

const colors: Readonly<Record<string, InspectColor>> = {
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
};

/** Turns JSON log lines into ones for people: `12:30:01 info  message key=value`, with the stack of an error below. */
export function createPretty(output: NodeJS.WritableStream): (line: string) => string {
  // styleText leaves colors out where the stream is no terminal, and where NO_COLOR is set.
  const paint = (color: InspectColor, text: string) => styleText(color, text, { stream: output });
  return (line) => {
    const { time, level, message, error, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const head = `${paint('gray', clockTime(String(time)))} ${paint(colors[String(level)] ?? 'white', String(level).padEnd(5))}`;
    const rest = Object.entries(fields).map(([key, value]) => paint('gray', `${key}=${valueText(value)}`));
    return `${[head, String(message), ...rest].join(' ')}\n${errorText(error)}`;
  };
}

function clockTime(time: string): string {
  return new Date(time).toTimeString().slice(0, 8);
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 4 });
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = error as { stack?: string; message?: string };
  return `${(stack ?? message ?? inspect(error)).replaceAll(/^/gm, '    ')}\n`;
}
