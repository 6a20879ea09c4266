import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AnyAnswer } from './problems.ts';

/** A connection that sends bytes as they are and reads answers one by one: for what no HTTP client would send. */
export class RawConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      socket.emit('more');
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.#ended = true;
        socket.emit('more');
      });
    }
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  send(text: string | Buffer): this {
    this.socket.write(text);
    return this;
  }

  /** The next whole answer; its body by Content-Length. Rejects when the connection ends before. */
  async answer({ head = false } = {}): Promise<AnyAnswer> {
    for (;;) {
      const parsed = parse(this.#received, head);
      if (parsed !== undefined) {
        this.#received = this.#received.subarray(parsed.length);
        return parsed.answer;
      }
      if (this.#ended)
        throw new Error(`the connection ended after ${JSON.stringify(this.#received.toString())}`);
      await once(this.socket, 'more');
    }
  }

  /** One answer, then the connection is closed by the server with nothing more in it. */
  async onlyAnswer(): Promise<AnyAnswer> {
    const answer = await this.answer();
    assert.equal(answer.headers.connection, 'close');
    assert.equal(await this.rest(), '');
    return answer;
  }

  /** Waits for the server to close; what came meanwhile and was not read as an answer. */
  async rest(): Promise<string> {
    while (!this.#ended) await once(this.socket, 'more');
    return this.#received.toString();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

function parse(bytes: Buffer, head: boolean): { answer: AnyAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const statusCode = Number(first.split(' ')[1]);
  if (statusCode === 100) {
    return parse(bytes.subarray(end + 4), head);
  }
  const bodyLength = head ? 0 : Number(headers['content-length'] ?? 0);
  const length = end + 4 + bodyLength;
  if (bytes.length < length) return undefined;
  return { answer: { statusCode, headers, body: bytes.toString('utf8', end + 4, length) }, length };
}
