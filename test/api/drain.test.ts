/** A gateway that is asked to stop answers everybody who is on their way to it. */
import { Agent, request } from 'node:http';
import { startTestApp } from '../harness/app.ts';

test('no request fails while a gateway drains under load on kept connections', async () => {
  const gateway = await startTestApp();
  const partner = await gateway.seed.partner();
  const token = await partner.token();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const statuses: number[] = [];
  const failures: string[] = [];
  let stopping = false;
  const ask = (): Promise<{ closes: boolean }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${gateway.url}/graphql`, { method: 'POST', agent, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } }, response => {
        statuses.push(response.statusCode!);
        response.resume().on('end', () => resolve({ closes: response.headers.connection === 'close' }));
      });
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify({ query: '{ viewer { integration { name } } }' }));
    });
  const clients = Array.from({ length: 8 }, async () => {
    while (!stopping) {
      try {
        const { closes } = await ask();
        // A client that is told to leave goes elsewhere: there is no other gateway in this test.
        if (closes) return;
      } catch (error) {
        failures.push((error as Error).message);
        return;
      }
    }
  });
  while (statuses.length < 50) await new Promise(resolve => setImmediate(resolve));
  const closed = gateway.app.close(300);
  await Promise.all(clients);
  stopping = true;
  await closed;
  agent.destroy();
  await gateway.database.drop();
  expect(failures).toEqual([]);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('a draining gateway says so to its load balancer while it still answers', async () => {
  const gateway = await startTestApp();
  const closed = gateway.app.close(300);
  const ready = await fetch(`${gateway.url}/readyz`);
  expect({ status: ready.status, body: await ready.json() }).toEqual({ status: 503, body: { status: 'draining' } });
  await closed;
  await gateway.database.drop();
});
