import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Where new connections lead. */
  targetPort: number;
  /** How long each piece is held back on the way to the server. */
  delayMs: number;
  /** Takes connections and what is sent, and lets nothing through. */
  isSilent: boolean;
  close(): void;
}

/** A line to a server on this machine that can be made longer, or lead to another one. */
export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    const target = connect(proxy.targetPort, '127.0.0.1');
    keep(client).once('close', () => target.destroy());
    keep(target).once('close', () => client.destroy());
    target.pipe(client);
    client.on('data', (piece) => {
      if (proxy.isSilent) return;
      if (proxy.delayMs === 0) target.write(piece);
      else setTimeout(() => target.write(piece), proxy.delayMs);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    targetPort,
    delayMs: 0,
    isSilent: false,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}
