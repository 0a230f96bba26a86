/** Stops what `global-setup.ts` started. Where the run is killed instead, each server's guard does. */

declare global {
  var porticoTestServers: readonly { stop(): Promise<void> }[];
}

export default async function tearDown(): Promise<void> {
  await Promise.all(globalThis.porticoTestServers.map(server => server.stop()));
}
