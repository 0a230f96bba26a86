/** Sandboxes by their API, as a partner's program would ask for them. */
import { randomUUID } from 'node:crypto';
import type { TestApp } from '../harness/app.ts';
import { SeededPartner, type GraphQLAnswer } from '../harness/seed.ts';

/** The payload of one mutation with one input. */
export async function change(partner: SeededPartner, mutation: string, input: Record<string, unknown>, selection: string): Promise<any> {
  const answer = await answerTo(partner, mutation, input, selection);
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data[mutation];
}

export const answerTo = (partner: SeededPartner, mutation: string, input: Record<string, unknown>, selection: string): Promise<GraphQLAnswer> =>
  partner.query(`mutation ($input: ${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${selection} userErrors { code message path } } }`, {
    input: { idempotencyKey: randomUUID(), ...input },
  });

export interface OwnSandbox {
  readonly id: string;
  /** Calls with the sandbox's own token. */
  readonly inside: SeededPartner;
}

export const OPENED = 'clientId clientSecret secretShown sandbox { id environmentId }';

export async function makeSandbox(gateway: TestApp, partner: SeededPartner, input: Record<string, unknown> = {}): Promise<OwnSandbox> {
  return asOwn(gateway, await change(partner, 'createSandbox', { name: 'Rehearsal', ...input }, OPENED));
}

export async function forkOf(gateway: TestApp, partner: SeededPartner, input: Record<string, unknown>): Promise<OwnSandbox> {
  return asOwn(gateway, await change(partner, 'forkSandbox', { name: 'Fork', ...input }, OPENED));
}

export function asOwn(gateway: TestApp, payload: any): OwnSandbox {
  if (payload.userErrors.length > 0) throw new Error(JSON.stringify(payload.userErrors));
  const { clientId, clientSecret, sandbox } = payload;
  return { id: sandbox.id, inside: new SeededPartner(gateway.url, { environmentId: sandbox.environmentId, partnerId: '', clientId, clientSecret }) };
}

/** Everything that a partner reads of its world, with ids. */
export const EVERYTHING = `{
  viewer { integration { id name createdAt } partner { id name joinedAt members { name role } } environment { now } tier { id code } }
  program { id name tiers { id code name } roadmap { id title opensOn state } }
  integrations(first: 100) { totalCount nodes { id name category createdAt } }
  milestones(first: 20) { nodes { id title criteria { id metric target } reward { id title } } }
  milestoneProgress(first: 100) { nodes { id state percentComplete reachedAt confirmedAt updatedAt period milestone { id } } }
  awards(first: 100) { nodes { id awardedAt } }
}`;

/** The data of the answer to all of that. What the request cost and left of a budget is beside it. */
export async function everythingOf(asker: SeededPartner): Promise<string> {
  const { data, errors } = await asker.query(EVERYTHING);
  if (errors) throw new Error(JSON.stringify(errors));
  return JSON.stringify(data);
}
