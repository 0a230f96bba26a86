/**
 * The access log's proof at size: 1,000 things that a superuser does to a sealed log, each of which the
 * verifier must find with an earlier checkpoint, and a million entries that the command verifies in less
 * than a minute. Run after a build:
 *
 *   node test/scripts/audit.mjs [tamperings, 1000 unless given] [entries, 1000000 unless given]
 */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const dist = path => import(new URL(`../../dist/${path}`, import.meta.url));
const { default: setup } = await dist('test/harness/global-setup.js');
const { default: teardown } = await dist('test/harness/global-teardown.js');
const { startTestApp } = await dist('test/harness/app.js');
const { TAMPERINGS, exported, tamper, writeEntries } = await dist('test/consent/tampering.js');
const { checkpointKeyOf, readCheckpoint, signCheckpoint } = await dist('src/consent/proof/checkpoint.js');
const { Tree, leafHash } = await dist('src/consent/proof/merkle.rules.js');

const tamperings = Number(process.argv[2] ?? 1000);
const entries = Number(process.argv[3] ?? 1_000_000);
const fail = message => {
  console.log(message);
  process.exitCode = 1;
};

await setup();
try {
  const gateway = await startTestApp();
  const behind = new pg.Client({ connectionString: gateway.database.adminUrl });
  await behind.connect();
  try {
    const { environmentId, partnerId, clientId } = await gateway.seed.partner();
    const sealed = async () => Number((await behind.query('select count(*) as n from portico.sealed_entry')).rows[0].n);
    await writeEntries(behind, { environmentId, partnerId, integrationId: clientId }, 200);
    // By the gateway's own job.
    while ((await sealed()) < 200) await new Promise(resolve => setTimeout(resolve, 100));
    const { jws, keys, leaves } = await exported(behind, environmentId);
    const kept = { checkpoint: await readCheckpoint(jws, keys), leaves };
    await writeEntries(behind, { environmentId, partnerId, integrationId: clientId }, 50);
    while ((await sealed()) < 250) await new Promise(resolve => setTimeout(resolve, 100));
    const begun = performance.now();
    let [found, named] = [0, 0];
    for (let i = 0; i < tamperings; i++) {
      const { faults, firstBad, spoilt } = await tamper(behind, environmentId, kept, TAMPERINGS[i % TAMPERINGS.length], Math.random);
      if (faults.length > 0) found += 1;
      if (firstBad?.leafIndex === spoilt) named += 1;
    }
    console.log({ tamperings, found, named, seconds: Math.round((performance.now() - begun) / 1000) });
    if (found < tamperings || named < tamperings) fail('Not all were found and named.');
  } finally {
    await behind.end();
    await gateway.close();
  }
} finally {
  await teardown();
}

const folder = mkdtempSync(join(tmpdir(), 'portico-audit-'));
try {
  const tree = new Tree();
  const file = createWriteStream(join(folder, 'entries.ndjson'));
  for (let i = 0; i < entries; i++) {
    const line = `{"at":"2026-11-23T09:30:00.000000Z","decision":"RELEASED","environment":"env_live","fields":["SharedCustomer.email","SharedOrder.status"],"grant":"cgr_${i % 997}","grantVersion":1,"id":"acc_${i}","integration":"int_1","partner":"prt_1","purpose":"order_support","recordCount":4,"recordedAt":"2026-11-23T09:30:00.000000Z","request":"req_${i}","subject":"${'0'.repeat(64)}"}`;
    tree.add(leafHash(line));
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  }
  await new Promise(resolve => file.end(resolve));
  const key = await checkpointKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const said = { origin: 'https://api.example', environment: 'env_live', size: entries, root: tree.root().toString('hex'), sealedAt: new Date().toISOString() };
  writeFileSync(join(folder, 'checkpoint.jws'), await signCheckpoint(said, key));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [key.jwk] }));
  const begun = performance.now();
  const { status, stdout } = spawnSync(process.execPath, ['bin/portico.js', 'audit', 'verify', folder], { encoding: 'utf8' });
  const seconds = (performance.now() - begun) / 1000;
  console.log({ entries, status, said: stdout.trim(), seconds: Number(seconds.toFixed(1)) });
  if (status !== 0 || seconds >= 60) fail('The entries were not verified in less than a minute.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
