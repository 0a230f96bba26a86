/** The public audit suite of GraphQL over HTTP: every MUST, and every SHOULD that exists. */
import { serverAudits } from 'graphql-http';
import { startTestApp, type TestApp } from '../harness/app.ts';

let gateway: TestApp;
let token: string;

beforeAll(async () => {
  gateway = await startTestApp();
  token = await (await gateway.seed.partner()).token();
});
afterAll(() => gateway.close());

const audits = serverAudits({
  url: () => `${gateway.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` } }),
});

test.each(audits.map(audit => [audit.name, audit] as const))('%s', async (_name, audit) => {
  const result = await audit.fn();
  expect({ status: result.status, reason: 'reason' in result ? result.reason : undefined }).toEqual({ status: 'ok', reason: undefined });
});
