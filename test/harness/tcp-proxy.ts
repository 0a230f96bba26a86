/** A road to a server that a test can break: slow, refused, reset, or swallowing every byte. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Resets every connection, and refuses new ones until `restore`. */
  cut(): Promise<void>;
  /** Resets every connection, and lets new ones through. */
  reset(): void;
  /** Delivers every byte so much later until `restore`. */
  slow(ms: number): void;
  /** Swallows every byte in both directions until `restore`. */
  stall(): void;
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  let delayMs = 0;
  const accept = (client: Socket): void => {
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('data', chunk => {
        if (stalled) return;
        if (delayMs === 0) to.write(chunk);
        else setTimeout(() => void to.write(chunk), delayMs);
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
  const reset = (): void => sockets.forEach(socket => socket.resetAndDestroy());
  const stop = async (): Promise<void> => {
    const closed = new Promise(resolve => server.close(resolve));
    reset();
    await closed;
  };
  return {
    port,
    cut: stop,
    reset,
    slow(ms) {
      delayMs = ms;
    },
    stall() {
      stalled = true;
    },
    async restore() {
      const swallowed = stalled;
      stalled = false;
      delayMs = 0;
      if (server.listening) {
        // What was swallowed is lost, so connections from then are of no use.
        if (swallowed) reset();
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
