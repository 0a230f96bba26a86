/** Partners manage their secrets themselves, through the API that the secrets open. */
import { newId } from '../../src/base/ids.ts';
import { KEPT_CREDENTIALS } from '../../src/partners/credential.rules.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { addIntegration, asAdmin, callingAs, issue, keyed, listed, opens, revoke, rotate, rowsOf, runJobs, suspend, whileHeld } from './credential-door.ts';

const HOUR = 3600;
const DAY_MS = 24 * HOUR * 1000;

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  partner = await gateway.seed.partner();
});

const firstCredential = async (of: SeededPartner): Promise<string> => (await listed(of, of.clientId))[0]!.id;

test('a new credential opens the door with the secret of the answer, and is listed first', async () => {
  const first = await firstCredential(partner);
  gateway.clock.advance(1000);
  const { status, errors, data } = await issue(partner, partner.clientId);
  expect({ status, errors }).toEqual({ status: 200, errors: undefined });
  const { credential, clientSecret, secretShown, userErrors } = data.issueCredential;
  expect({ secretShown, userErrors, status: credential.status, expiresAt: credential.expiresAt }).toEqual({ secretShown: true, userErrors: [], status: 'ACTIVE', expiresAt: null });
  expect(clientSecret.startsWith(credential.secretPrefix)).toBe(true);
  expect(await opens(gateway, partner.clientId, clientSecret)).toBe(true);
  expect(await listed(partner, partner.clientId)).toEqual([
    { id: credential.id, status: 'ACTIVE' },
    { id: first, status: 'ACTIVE' },
  ]);
});

test('while a rotation overlaps both secrets work, and after it the new one alone', async () => {
  const answer = await rotate(partner, await firstCredential(partner), HOUR);
  const { credential, clientSecret, replacedCredential } = answer.data.rotateCredential;
  expect(Date.parse(replacedCredential.expiresAt)).toBe(gateway.clock.now() + HOUR * 1000);
  const withOld = await partner.token();
  expect([await opens(gateway, partner.clientId, partner.clientSecret), await opens(gateway, partner.clientId, clientSecret)]).toEqual([true, true]);
  expect((await partner.query('{ viewer { apiVersion } }', {}, { token: withOld })).status).toBe(200);
  gateway.clock.advance(HOUR * 1000 - 1);
  const lastToken = await partner.token({ fresh: true });
  gateway.clock.advance(1);
  expect([await opens(gateway, partner.clientId, partner.clientSecret), await opens(gateway, partner.clientId, clientSecret)]).toEqual([false, true]);
  // The token that the old secret got has fourteen minutes left, and opens nothing all the same.
  expect((await partner.query('{ viewer { apiVersion } }', {}, { token: lastToken })).status).toBe(401);
  const successor = callingAs(gateway, partner, { clientSecret });
  expect(await listed(successor, partner.clientId)).toEqual(
    expect.arrayContaining([
      { id: replacedCredential.id, status: 'EXPIRED' },
      { id: credential.id, status: 'ACTIVE' },
    ]),
  );
});

test("an integration manages the credentials of its own partner's other integrations", async () => {
  const other = await addIntegration(gateway, partner);
  const rotated = await rotate(partner, other.credentialId, 0);
  expect(rotated.data.rotateCredential).toMatchObject({ userErrors: [], replacedCredential: { id: other.credentialId, status: 'EXPIRED' } });
  expect([await opens(gateway, other.clientId, other.clientSecret), await opens(gateway, other.clientId, rotated.data.rotateCredential.clientSecret)]).toEqual([false, true]);
  const revoked = await revoke(partner, rotated.data.rotateCredential.credential.id);
  expect(revoked.data.revokeCredential).toMatchObject({ userErrors: [], credential: { status: 'REVOKED', revokedAt: new Date(gateway.clock.now()).toISOString() } });
  expect(await opens(gateway, other.clientId, rotated.data.rotateCredential.clientSecret)).toBe(false);
});

test('a refusal says why, where and what to do, and changes nothing', async () => {
  const other = await addIntegration(gateway, partner);
  await issue(partner, other.clientId);
  const third = await issue(partner, other.clientId);
  expect(third.data.issueCredential).toEqual({
    credential: null,
    clientSecret: null,
    secretShown: false,
    userErrors: [{ code: 'TOO_MANY_CREDENTIALS', message: expect.stringMatching(/At most 2 credentials.*revoke one/), path: [] }],
  });
  const tooLong = await rotate(partner, other.credentialId, 30 * 24 * HOUR + 1);
  expect(tooLong.data.rotateCredential.userErrors).toEqual([{ code: 'INVALID', message: expect.stringContaining('2592000'), path: ['overlapSeconds'] }]);
  await revoke(partner, other.credentialId);
  const ended = await rotate(partner, other.credentialId, HOUR);
  expect(ended.data.rotateCredential.userErrors).toEqual([{ code: 'CREDENTIAL_ENDED', message: expect.stringContaining('issue a new one'), path: ['credentialId'] }]);
  expect(await listed(partner, other.clientId)).toHaveLength(2);
});

test('ids of another partner, of a sandbox, of nobody and of no form are refused alike', async () => {
  const neighbour = await gateway.seed.partner();
  const rehearsing = await gateway.seed.partner(await gateway.seed.sandboxOf(partner));
  const strangers = {
    integrations: [neighbour.clientId, rehearsing.clientId, newId('int'), 'x'],
    credentials: [await firstCredential(neighbour), await firstCredential(rehearsing), newId('crd'), 'x'],
  };
  const refusals = [
    ...(await Promise.all(strangers.integrations.map(id => issue(partner, id)))).map(({ data }) => data.issueCredential),
    ...(await Promise.all(strangers.credentials.map(id => rotate(partner, id, 0)))).map(({ data }) => data.rotateCredential),
    ...(await Promise.all(strangers.credentials.map(id => revoke(partner, id)))).map(({ data }) => data.revokeCredential),
  ];
  const refusal = (what: string, path: string) => ({ credential: null, userErrors: [{ code: 'NOT_FOUND', message: `There is no such ${what}.`, path: [path] }] });
  const secret = { clientSecret: null, secretShown: false };
  expect(refusals).toEqual([
    ...strangers.integrations.map(() => ({ ...refusal('integration', 'integrationId'), ...secret })),
    ...strangers.credentials.map(() => ({ ...refusal('credential', 'credentialId'), ...secret, replacedCredential: null })),
    ...strangers.credentials.map(() => refusal('credential', 'credentialId')),
  ]);
  for (const stranger of [neighbour, rehearsing]) expect(await listed(stranger, stranger.clientId)).toEqual([{ id: expect.any(String), status: 'ACTIVE' }]);
  const read = await partner.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: strangers.credentials });
  expect(read.data.nodes).toEqual([null, null, null, null]);
});

test('whoever revokes the credential it calls with is answered, and refused from then on', async () => {
  const own = await firstCredential(partner);
  const answer = await revoke(partner, own);
  expect(answer.data.revokeCredential).toMatchObject({ credential: { id: own, status: 'REVOKED' }, userErrors: [] });
  expect((await partner.query('{ viewer { apiVersion } }')).status).toBe(401);
  expect((await issue(partner, partner.clientId)).status).toBe(401);
});

test('a caller who ends its own right in the middle of an operation keeps the answers up to there', async () => {
  const other = await addIntegration(gateway, partner);
  const answer = await partner.query(
    `mutation ($own: ID!, $other: ID!) {
      revokeCredential(input: { credentialId: $own, idempotencyKey: "one" }) { credential { status } }
      late: issueCredential(input: { integrationId: $other, idempotencyKey: "two" }) { credential { id } }
    }`,
    { own: await firstCredential(partner), other: other.clientId },
  );
  expect(answer.status).toBe(200);
  expect(answer.data).toEqual({ revokeCredential: { credential: { status: 'REVOKED' } }, late: null });
  expect(answer.errors).toEqual([expect.objectContaining({ path: ['late'], extensions: expect.objectContaining({ code: 'UNAUTHENTICATED' }) })]);
  const witness = callingAs(gateway, partner, other);
  expect(await listed(witness, other.clientId)).toHaveLength(1);
});

test('a suspended caller writes nothing', async () => {
  const [token, own, before] = [await partner.token(), await firstCredential(partner), await rowsOf(gateway, partner)];
  await suspend(gateway, partner);
  expect([(await issue(partner, partner.clientId)).status, (await rotate(partner, own, 0)).status, (await revoke(partner, own, { token })).status]).toEqual([401, 401, 401]);
  expect(await rowsOf(gateway, partner)).toEqual(before);
});

test('each mutation asks anew whether its caller may come in', async () => {
  // A first call pins the integration, and would wait for its row before any mutation begins.
  await partner.query('{ __typename }');
  const before = await rowsOf(gateway, partner);
  const answer = await whileHeld(
    gateway,
    partner.clientId,
    () =>
      partner.query(
        `mutation ($id: ID!) {
          first: issueCredential(input: { integrationId: $id, idempotencyKey: "one" }) { userErrors { code } }
          second: issueCredential(input: { integrationId: $id, idempotencyKey: "two" }) { userErrors { code } }
        }`,
        { id: partner.clientId },
      ),
    () => suspend(gateway, partner),
  );
  expect(answer.data).toEqual({ first: { userErrors: [] }, second: null });
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: before.credentials + 1, keys: 1 });
});

test.each([0, HOUR])('20 simultaneous rotations with an overlap of %i s replace the credential once', async overlapSeconds => {
  const other = await addIntegration(gateway, partner);
  const answers = await Promise.all(Array.from({ length: 20 }, () => rotate(partner, other.credentialId, overlapSeconds)));
  expect(answers.filter(({ data }) => data?.rotateCredential.secretShown)).toHaveLength(1);
  const valid = (await listed(partner, other.clientId)).filter(({ status }) => status === 'ACTIVE');
  expect(valid).toHaveLength(overlapSeconds === 0 ? 1 : 2);
});

test('aliases, fragments and conditions hold in a payload as anywhere', async () => {
  const answer = await partner.query(
    `mutation ($id: ID!, $no: Boolean!) {
      made: issueCredential(input: { integrationId: $id, idempotencyKey: "aliases" }) {
        ...Made
        ... on IssueCredentialPayload { kind: __typename clientSecret: credential { secretPrefix } }
        userErrors @include(if: $no) { code }
        errors: userErrors { code }
      }
    }
    fragment Made on IssueCredentialPayload { one: credential { ...Told } credential { at: createdAt status @skip(if: $no) } shown: secretShown secret: clientSecret }
    fragment Told on Credential { id ... on Node { __typename } integration { id credentials { id } } }`,
    { id: partner.clientId, no: false },
  );
  expect(answer.errors).toBeUndefined();
  const { made } = answer.data;
  expect(made).toEqual({
    one: { id: expect.stringMatching(/^crd_/), __typename: 'Credential', integration: { id: partner.clientId, credentials: expect.arrayContaining([{ id: made.one.id }]) } },
    credential: { at: new Date(gateway.clock.now()).toISOString(), status: 'ACTIVE' },
    shown: true,
    secret: expect.stringMatching(/^pcs_/),
    kind: 'IssueCredentialPayload',
    clientSecret: { secretPrefix: made.secret.slice(0, 10) },
    errors: [],
  });
});

test('what cannot be answered is not done', async () => {
  const answer = await partner.query(
    'mutation ($id: ID!) { issueCredential(input: { integrationId: $id }) { credential { integration { progress(first: 1, after: "x") { nodes { id } } } } } }',
    { id: partner.clientId },
    keyed('unanswerable'),
  );
  expect({ status: answer.status, codes: answer.errors?.map(error => error.extensions['code']), data: answer.data }).toEqual({
    status: 400,
    codes: ['BAD_USER_INPUT'],
    data: undefined,
  });
  expect(await listed(partner, partner.clientId)).toHaveLength(1);
});

/** Gives the partner's integration a history, an hour between one credential and the next. */
const addEnded = (count: number, ended: 'expires_at' | 'revoked_at', endedAt: number): Promise<unknown> =>
  asAdmin(gateway, client =>
    client.query(
      `insert into portico.credential (environment_id, id, partner_id, integration_id, secret_hmac, salt, secret_prefix, created_at, ${ended})
       select $1, $3 || '_' || n, $2, $4, sha256('x'), sha256('y'), 'pcs_old', $5::timestamptz - n * interval '1 hour', $5
       from generate_series(1, $6::integer) n`,
      [partner.environmentId, partner.partnerId, newId('crd'), partner.clientId, new Date(endedAt), count],
    ),
  );

test('a credential is a node, and the list of them holds the most recent 20', async () => {
  await addEnded(30, 'expires_at', gateway.clock.now());
  const all = await listed(partner, partner.clientId);
  expect(all).toHaveLength(20);
  const node = await partner.query('query ($id: ID!) { node(id: $id) { ... on Credential { status secretPrefix } } }', { id: all[1]!.id });
  expect(node.data.node).toEqual({ status: 'EXPIRED', secretPrefix: 'pcs_old' });
});

test.each(['expires_at', 'revoked_at'] as const)('of credentials that have ended (%s) the newest are kept, and all of the last day', async ended => {
  await addEnded(KEPT_CREDENTIALS + 30, ended, gateway.clock.now() - DAY_MS + 1);
  const before = await listed(partner, partner.clientId);
  await runJobs(gateway);
  expect((await rowsOf(gateway, partner)).credentials).toBe(KEPT_CREDENTIALS + 31);
  gateway.clock.advance(1);
  await runJobs(gateway);
  expect((await rowsOf(gateway, partner)).credentials).toBe(KEPT_CREDENTIALS);
  expect(await listed(partner, partner.clientId)).toEqual(before);
});
