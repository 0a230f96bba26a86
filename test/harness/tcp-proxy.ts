/** A road to a server that a test can break: refused, reset, or swallowing every byte. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Resets every connection, and refuses new ones until `restore`. */
  cut(): Promise<void>;
  /** Swallows every byte in both directions until `restore`. */
  stall(): void;
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  const accept = (client: Socket): void => {
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('data', chunk => {
        if (!stalled) to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  };
  let server: Server = createServer(accept);
  const listen = (port: number): Promise<void> => new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    const closed = new Promise(resolve => server.close(resolve));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  return {
    port,
    cut: stop,
    stall() {
      stalled = true;
    },
    async restore() {
      stalled = false;
      if (server.listening) {
        // What was swallowed is lost, so connections from then are of no use.
        for (const socket of sockets) socket.resetAndDestroy();
        return;
      }
      server = createServer(accept);
      await listen(port);
    },
    close: async () => {
      if (server.listening) await stop();
    },
  };
}
