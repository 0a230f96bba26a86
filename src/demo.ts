/**
 * Demo mode: sample data and credentials for a newcomer, on this machine only. The live environment
 * and one sandbox hold the world "Harbour Market"; `<data dir>/demo.json` says who may come in.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { App } from './app.ts';
import type { Clock } from './base/clock.ts';
import { samplePeople } from './consent/index.ts';
import type { DemoToken } from './explorer/index.ts';
import { SAMPLE_WORLD, createSandbox, ensureLiveEnvironment, seedWorld } from './environments/index.ts';
import { STAFF_ROLES, authenticateClient, createStaff, issueMarketplaceCredential, issueToken, replaceCredentials, type StaffRole } from './partners/index.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from './platform/postgres/database.ts';

const SEED = 1;

/** Until a gateway that listens writes its own. */
const DEFAULT_URL = 'http://127.0.0.1:4000';

/** Persons of each staff role, so that reviews with two approvers can be tried. */
const STAFF_PER_ROLE = 3;

/** As many as the sign-in offers. */
const DEMO_SHOPPERS = 12;

const client = z.object({ clientId: z.string(), clientSecret: z.string() });
const environmentClient = client.extend({ environmentId: z.string() });
const DEMO = z.object({
  url: z.string(),
  live: environmentClient,
  sandbox: environmentClient,
  otherPartner: environmentClient,
  staff: z.record(z.string(), z.array(client)),
  shoppers: z.array(z.object({ id: z.string(), login: z.string() })),
  marketplace: client,
});

export type Demo = z.infer<typeof DEMO>;

export const demoFile = (dataDir: string): string => join(dataDir, 'demo.json');

/** Seeds what is missing and makes sure that demo.json opens the doors. Every step finds out for
    itself whether it was done, so a start that was killed is simply done again.
    @param url where the gateway listens; null keeps what is written
    @param reports how many reports of integrations live begins with; without it, some thousands */
export async function ensureDemo({
  database,
  ownerUrl,
  dataDir,
  clock,
  url,
  reports,
}: {
  database: Database;
  ownerUrl: string;
  dataDir: string;
  clock: Clock;
  url: string | null;
  reports?: number | undefined;
}): Promise<Demo> {
  const known = await readDemo(dataDir);
  if (known && (await opens(database, known, clock))) {
    const demo = { ...known, url: url ?? known.url };
    if (known.url !== demo.url) await writeDemo(dataDir, demo);
    return demo;
  }
  const live = await inTransaction(database, NO_TENANT, tx => ensureLiveEnvironment(tx, clock));
  await seedWorld(ownerUrl, { environmentId: live, seed: SEED, size: 'SMALL', reports });
  const parcelPilot = await inTransaction(database, marketplaceIn(live), tx => integrationOf(tx, 'ParcelPilot'));
  const glowRank = await inTransaction(database, marketplaceIn(live), tx => integrationOf(tx, 'GlowRank'));
  const sandbox = await ensureDemoSandbox(database, { environmentId: live, partnerId: parcelPilot.partnerId }, clock);
  const rehearsal = await inTransaction(database, marketplaceIn(sandbox), tx => integrationOf(tx, 'ParcelPilot'));
  const demo: Demo = {
    url: url ?? known?.url ?? DEFAULT_URL,
    live: await openDoor(database, live, parcelPilot.integrationId, clock),
    sandbox: await openDoor(database, sandbox, rehearsal.integrationId, clock),
    otherPartner: await openDoor(database, live, glowRank.integrationId, clock),
    staff: await demoStaff(database, clock),
    shoppers: (await inTransaction(database, marketplaceIn(live), tx => samplePeople(tx, live, DEMO_SHOPPERS))).map(({ id, reference }) => ({ id, login: reference })),
    marketplace: await inTransaction(database, marketplaceIn(live), tx => issueMarketplaceCredential(tx, 'Demo feed', clock)),
  };
  await writeDemo(dataDir, demo);
  return demo;
}

const marketplaceIn = (environmentId: string) => ({ environmentId, partnerId: '*' });

async function readDemo(dataDir: string): Promise<Demo | null> {
  try {
    const parsed = DEMO.safeParse(JSON.parse(await readFile(demoFile(dataDir), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    // Missing or cut short: either way it is written anew.
    return null;
  }
}

/** The file opens doors, so nobody but its owner may read it; it appears whole or not at all. */
async function writeDemo(dataDir: string, demo: Demo): Promise<void> {
  const file = demoFile(dataDir);
  await writeFile(`${file}.new`, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function opens(database: Database, demo: Demo, clock: Clock): Promise<boolean> {
  const clients = [demo.live, demo.sandbox, demo.otherPartner, ...Object.values(demo.staff).flat(), demo.marketplace];
  const found = await Promise.all(clients.map(({ clientId, clientSecret }) => authenticateClient(database, clientId, clientSecret, clock)));
  return found.every(client => client !== null);
}

async function integrationOf(tx: Tx, partnerName: string): Promise<{ partnerId: string; integrationId: string }> {
  const [row] = await tx.query<{ partner_id: string; id: string }[]>(
    `select i.partner_id, i.id from portico.integration i join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
     where p.name = $1 order by i.created_at, i.id limit 1`,
    [partnerName],
  );
  if (!row) throw new Error(`The sample world has no integration of ${partnerName}.`);
  return { partnerId: row.partner_id, integrationId: row.id };
}

async function ensureDemoSandbox(database: Database, owner: { environmentId: string; partnerId: string }, clock: Clock): Promise<string> {
  const name = `${SAMPLE_WORLD} demo`;
  const existing = await inTransaction(database, NO_TENANT, tx =>
    tx.query<{ id: string }[]>('select id from portico.sandboxes_of($1, $2) where name = $3', [owner.environmentId, owner.partnerId, name]),
  );
  if (existing[0]) return existing[0].id;
  const created = await inTransaction(database, owner, tx => createSandbox(tx, { name, world: SAMPLE_WORLD, size: 'SMALL', seed: SEED }, clock));
  if (!created.ok) throw new Error(created.refusal.message);
  return created.value.environmentId;
}

/** A fresh secret for the integration; earlier ones, whose file is lost, end. */
async function openDoor(database: Database, environmentId: string, integrationId: string, clock: Clock): Promise<Demo['live']> {
  return inTransaction(database, marketplaceIn(environmentId), async tx => {
    const issued = await replaceCredentials(tx, integrationId, clock);
    if (!issued.ok) throw new Error(issued.refusal.message);
    return { environmentId, clientId: issued.value.clientId, clientSecret: issued.value.clientSecret };
  });
}

async function demoStaff(database: Database, clock: Clock): Promise<Demo['staff']> {
  const staff: Demo['staff'] = {};
  for (const role of STAFF_ROLES) {
    staff[role] = await Promise.all(Array.from({ length: STAFF_PER_ROLE }, (_, i) => demoPerson(database, role, i + 1, clock)));
  }
  return staff;
}

/** Addresses are unique, and those of an earlier try stay: each try makes people of its own. */
async function demoPerson(database: Database, role: StaffRole, number: number, clock: Clock): Promise<{ clientId: string; clientSecret: string }> {
  const name = `${role.toLowerCase().replace('_', '-')}-${number}`;
  const created = await inTransaction(database, NO_TENANT, tx => createStaff(tx, { name, email: `${name}-${clock.now()}@harbour-market.example`, roles: [role] }, clock));
  if (!created.ok) throw new Error(created.refusal.message);
  return { clientId: created.value.clientId, clientSecret: created.value.clientSecret };
}

/** Tokens for the explorer, of the demo's partner in live and in its sandbox. */
export async function demoTokens({ database, tokens, clock }: App, dataDir: string): Promise<DemoToken[]> {
  const demo = await readDemo(dataDir);
  if (!demo) return [];
  const made = await Promise.all(
    [
      { label: 'Live', door: demo.live },
      { label: 'Sandbox', door: demo.sandbox },
    ].map(async ({ label, door }) => {
      const found = await authenticateClient(database, door.clientId, door.clientSecret, clock);
      if (!found) return null;
      const { token, expiresInSeconds } = issueToken(tokens, found, found.scopes);
      return { label, environmentId: door.environmentId, accessToken: token, expiresAt: new Date(clock.now() + expiresInSeconds * 1000).toISOString() };
    }),
  );
  return made.filter(token => token !== null);
}
