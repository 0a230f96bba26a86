/** Jobs work on connections of their own, however busy they are. */
import { EventEmitter, once } from 'node:events';
import { onOneGateway } from '../../src/platform/jobs.ts';
import type { Room } from '../../src/room.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';

let gateway: TestApp;
const signals = new EventEmitter();
const held = once(signals, 'held');
const released = once(signals, 'released');

const busy: Room = {
  name: 'busy',
  jobs: ({ database }) => [
    onOneGateway(database.pool, {
      name: 'busy',
      everyMs: 10,
      async run() {
        const client = await database.pool.connect();
        signals.emit('held');
        await released;
        client.release();
      },
    }),
  ],
};

beforeAll(async () => {
  gateway = await startTestApp({ poolSize: 2, rooms: [...rooms, busy] });
});
afterAll(async () => {
  signals.emit('released');
  await gateway.close();
});

test('a request finds a connection while a job holds as many as the pool has', async () => {
  const partner = await gateway.seed.partner();
  await held;
  const answers = await Promise.all([1, 2, 3].map(() => partner.query('{ viewer { apiVersion } }')));
  for (const answer of answers) expect(answer).toMatchObject({ data: { viewer: { apiVersion: expect.any(String) } } });
});
