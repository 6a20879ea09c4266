/** One request as it goes over the wire. */
export interface Request {
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  readonly body?: unknown;
}

/** What is the same in the head of every request: its end, the host, and these headers. */
export function headOf(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return ` HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}`;
}

export function messageOf({ method, target, body }: Request, head: string): string {
  if (body === undefined) return `${method} ${target}${head}\r\n`;
  const json = JSON.stringify(body);
  const length = Buffer.byteLength(json);
  return `${method} ${target}${head}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${json}`;
}

/** The length of the whole response once it is here, read as latin1; the servers send Content-Length. */
export function endOfResponse(received: string): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const end = headEnd + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
  return received.length >= end ? end : undefined;
}
