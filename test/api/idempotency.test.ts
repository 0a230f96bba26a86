/** A request that names itself is done once, however often it arrives. */
import { MAX_LIVE_KEYS } from '../../src/partners/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type AskOptions, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';
import { addIntegration, asAdmin, callingAs, issue, keyed, listed, opens, revoke, rotate, rowsOf, runJobs } from './credential-door.ts';

const DAY_MS = 86_400_000;

let gateway: TestApp;
let partner: SeededPartner;
let other: { clientId: string; credentialId: string; clientSecret: string };

beforeAll(async () => {
  gateway = await startTestApp();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  partner = await gateway.seed.partner();
  other = await addIntegration(gateway, partner);
});

const codes = (answer: GraphQLAnswer): { status: number; codes: unknown[] | undefined; data: unknown } => ({
  status: answer.status,
  codes: answer.errors?.map(error => error.extensions['code']),
  data: answer.data,
});

test('the same key and input answer the same, and the secret is shown once', async () => {
  const [first, second] = [await issue(partner, other.clientId, keyed('one')), await issue(partner, other.clientId, keyed('one'))];
  const { credential, clientSecret } = first.data.issueCredential;
  expect(clientSecret).toMatch(/^pcs_/);
  expect(second.data.issueCredential).toEqual({ credential, clientSecret: null, secretShown: false, userErrors: [] });
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: 3, keys: 1 });
});

test('a repetition answers with the object as it stands by then', async () => {
  const { id } = (await issue(partner, other.clientId, keyed('one'))).data.issueCredential.credential;
  await revoke(partner, id);
  expect((await issue(partner, other.clientId, keyed('one'))).data.issueCredential.credential).toMatchObject({ id, status: 'REVOKED' });
});

test('header and input, variables and literals, the order of fields and what is selected make no other request', async () => {
  const answers = [
    await rotate(partner, other.credentialId, 60, keyed('one')),
    await partner.query('mutation ($input: RotateCredentialInput!) { rotateCredential(input: $input) { credential { id } } }', {
      input: { idempotencyKey: 'one', overlapSeconds: 60, credentialId: other.credentialId },
    }),
    await partner.query(
      'mutation ($c: ID!) { x: rotateCredential(input: { overlapSeconds: 60, credentialId: $c }) { credential { id status } } }',
      { c: other.credentialId },
      keyed('one'),
    ),
    await partner.query(
      'mutation ($c: ID!) { rotateCredential(input: { overlapSeconds: 60, credentialId: $c, idempotencyKey: "one" }) { credential { id } } }',
      { c: other.credentialId },
      keyed('one'),
    ),
  ];
  const ids = answers.map(({ data }) => (data.rotateCredential ?? data.x).credential.id);
  expect(new Set(ids).size).toBe(1);
});

test('20 simultaneous requests of one key do the work once, show one secret and answer alike', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => issue(partner, other.clientId, keyed('one'))));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const payloads = answers.map(({ data }) => data.issueCredential);
  expect(payloads.filter(payload => payload.secretShown)).toEqual([expect.objectContaining({ clientSecret: expect.stringMatching(/^pcs_/) })]);
  expect(payloads.filter(payload => payload.clientSecret === null)).toHaveLength(19);
  expect(new Set(payloads.map(payload => JSON.stringify([payload.credential, payload.userErrors]))).size).toBe(1);
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: 3, keys: 1 });
});

test('a key that named another input or another mutation is a conflict, and does nothing', async () => {
  await issue(partner, other.clientId, keyed('one'));
  const before = await rowsOf(gateway, partner);
  for (const answer of [
    await issue(partner, partner.clientId, keyed('one')),
    await rotate(partner, other.credentialId, 0, keyed('one')),
    await revoke(partner, other.credentialId, keyed('one')),
  ]) {
    expect(codes(answer)).toEqual({ status: 409, codes: ['IDEMPOTENCY_CONFLICT'], data: undefined });
    expect(answer.errors![0]!.message).toContain('Send this one with a new key');
  }
  const asJson = await issue(partner, partner.clientId, keyed('one', { headers: { accept: 'application/json' } }));
  expect(asJson.status).toBe(200);
  expect(await rowsOf(gateway, partner)).toEqual(before);
  expect(await listed(partner, other.clientId)).toEqual(expect.arrayContaining([{ id: other.credentialId, status: 'ACTIVE' }]));
});

test("a key is its integration's own, in its environment", async () => {
  const rehearsing = await gateway.seed.partner(await gateway.seed.sandboxOf(partner));
  const answers = [
    await issue(partner, partner.clientId, keyed('one')),
    await issue(callingAs(gateway, partner, other), other.clientId, keyed('one')),
    await issue(rehearsing, rehearsing.clientId, keyed('one')),
  ];
  for (const { data } of answers) expect(data.issueCredential).toMatchObject({ secretShown: true, userErrors: [] });
});

test.each<[string, string | undefined, AskOptions, RegExp]>([
  ['no key', undefined, {}, /needs an idempotency key.*header `Idempotency-Key`/],
  ['an empty header', undefined, keyed(''), /needs an idempotency key/],
  ['an empty key', '', {}, /1 to 255 printable ASCII/],
  ['a key of 256 characters', undefined, keyed('x'.repeat(256)), /1 to 255 printable ASCII/],
  ['a key beyond ASCII', 'clé', {}, /1 to 255 printable ASCII/],
  ['a header beyond ASCII', undefined, keyed('cl\u00e9'), /1 to 255 printable ASCII/],
  ['a key with a line break', 'a\nb', {}, /1 to 255 printable ASCII/],
  ['a key with a NUL', 'a\0b', {}, /NUL/],
  ['half a surrogate', '\ud800', {}, /surrogate/],
  ['two different keys', 'one', keyed('two'), /differ/],
])('%s is refused, and nothing is done', async (_title, idempotencyKey, options, message) => {
  const answer = await partner.query(
    'mutation ($input: IssueCredentialInput!) { issueCredential(input: $input) { secretShown } }',
    { input: { integrationId: other.clientId, idempotencyKey } },
    options,
  );
  expect(codes(answer)).toEqual({ status: 400, codes: ['BAD_USER_INPUT'], data: undefined });
  expect(answer.errors![0]!.message).toMatch(message);
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: 2, keys: 0 });
});

test('255 printable characters are a key', async () => {
  const key = Array.from({ length: 255 }, (_, i) => String.fromCharCode(32 + (i % 95))).join('');
  expect(
    (
      await partner.query('mutation ($input: IssueCredentialInput!) { issueCredential(input: $input) { secretShown } }', {
        input: { integrationId: other.clientId, idempotencyKey: key },
      })
    ).data,
  ).toEqual({
    issueCredential: { secretShown: true },
  });
});

test('an id that PostgreSQL could not hold is bad input', async () => {
  for (const id of ['\0', 'crd_\ud800']) expect(codes(await revoke(partner, id))).toEqual({ status: 400, codes: ['BAD_USER_INPUT'], data: undefined });
});

test('a header cannot name several mutations; keys of their own can, and one key may stand twice', async () => {
  const twoOf = (first: string, second: string): Promise<GraphQLAnswer> =>
    partner.query(
      `mutation ($a: ID!, $b: ID!) {
        first: issueCredential(input: { integrationId: $a${first} }) { credential { id } secretShown }
        second: issueCredential(input: { integrationId: $b${second} }) { credential { id } secretShown }
      }`,
      { a: partner.clientId, b: other.clientId },
      keyed('header'),
    );
  for (const answer of [await twoOf('', ''), await twoOf(', idempotencyKey: "one"', '')]) {
    expect(codes(answer)).toEqual({ status: 400, codes: ['BAD_USER_INPUT'], data: undefined });
    expect(answer.errors![0]!.message).toContain('cannot name 2 mutations at once');
  }
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: 2, keys: 0 });
  const both = await twoOf(', idempotencyKey: "one"', ', idempotencyKey: "two"');
  expect([both.data.first.secretShown, both.data.second.secretShown]).toEqual([true, true]);
  const twice = await partner.query(
    `mutation ($id: ID!) { ${['a', 'b'].map(alias => `${alias}: rotateCredential(input: { credentialId: $id, overlapSeconds: 0, idempotencyKey: "three" }) { credential { id } secretShown }`).join(' ')} }`,
    { id: both.data.first.credential.id },
  );
  expect(twice.data.b).toEqual({ credential: twice.data.a.credential, secretShown: false });
});

test("of several mutations each stands by itself: a conflict of one leaves the other's answer", async () => {
  await issue(partner, other.clientId, keyed('one'));
  const answer = await partner.query(
    `mutation ($a: ID!, $c: ID!) {
      taken: issueCredential(input: { integrationId: $a, idempotencyKey: "one" }) { secretShown }
      free: rotateCredential(input: { credentialId: $c, overlapSeconds: 0, idempotencyKey: "two" }) { secretShown userErrors { code } }
    }`,
    { a: partner.clientId, c: other.credentialId },
  );
  expect(answer.status).toBe(200);
  expect(answer.data).toEqual({ taken: null, free: { secretShown: true, userErrors: [] } });
  expect(answer.errors).toEqual([expect.objectContaining({ path: ['taken'], extensions: expect.objectContaining({ code: 'IDEMPOTENCY_CONFLICT' }) })]);
});

test('a refused request is not remembered: the same key does the work once its cause is mended', async () => {
  await issue(partner, other.clientId, keyed('one'));
  const refused = await issue(partner, other.clientId, keyed('two'));
  expect(refused.data.issueCredential.userErrors).toEqual([expect.objectContaining({ code: 'TOO_MANY_CREDENTIALS' })]);
  await revoke(partner, other.credentialId);
  const done = await issue(partner, other.clientId, keyed('two'));
  expect(done.data.issueCredential).toMatchObject({ secretShown: true, userErrors: [] });
});

test('what may be done twice needs no key, and keeps to one that is given', async () => {
  expect((await revoke(partner, other.credentialId)).data.revokeCredential.userErrors).toEqual([]);
  const first = await revoke(partner, other.credentialId, keyed('one'));
  expect((await revoke(partner, other.credentialId, keyed('one'))).data).toEqual(first.data);
  expect((await rowsOf(gateway, partner)).keys).toBe(1);
});

test('a key lapses after 24 hours to the millisecond, whether or not it was tidied away', async () => {
  const first = await issue(partner, other.clientId, keyed('one'));
  gateway.clock.advance(DAY_MS - 1);
  await runJobs(gateway);
  await partner.token({ fresh: true });
  const second = await issue(partner, other.clientId, keyed('one'));
  expect(second.data.issueCredential.credential.id).toBe(first.data.issueCredential.credential.id);
  gateway.clock.advance(1);
  const third = await issue(partner, other.clientId, keyed('one'));
  expect(third.data.issueCredential.userErrors).toEqual([expect.objectContaining({ code: 'TOO_MANY_CREDENTIALS' })]);
  expect((await rowsOf(gateway, partner)).keys).toBe(1);
  await runJobs(gateway);
  expect((await rowsOf(gateway, partner)).keys).toBe(0);
});

test(`beyond ${MAX_LIVE_KEYS} keys in 24 hours new ones wait, while known ones go on answering`, async () => {
  const first = await issue(partner, other.clientId, keyed('one'));
  const own = [partner.environmentId, partner.partnerId, partner.clientId];
  await asAdmin(gateway, client =>
    client.query(
      `insert into portico.idempotency_key (environment_id, integration_id, key, partner_id, request_hash, answer, created_at)
       select $1, $3, 'many-' || n, $2, sha256('x'), '{}', $4 from generate_series(2, $5::integer) n`,
      [...own, new Date(gateway.clock.now() - 60_000), MAX_LIVE_KEYS],
    ),
  );
  const refused = await rotate(partner, other.credentialId, 0, keyed('two'));
  expect(codes(refused)).toEqual({ status: 429, codes: ['THROTTLED'], data: undefined });
  expect(refused.errors![0]!.extensions).toMatchObject({ violatedPolicies: ['idempotency-keys'], retryAfterMs: DAY_MS - 60_000 });
  expect(refused.errors![0]!.message).toContain(String(MAX_LIVE_KEYS));
  expect((await issue(partner, other.clientId, keyed('one'))).data.issueCredential.credential).toEqual(first.data.issueCredential.credential);
  expect((await issue(callingAs(gateway, partner, other), partner.clientId)).data.issueCredential.secretShown).toBe(true);
  gateway.clock.advance(DAY_MS - 60_000);
  await partner.token({ fresh: true });
  expect((await rotate(partner, other.credentialId, 0, keyed('two'))).data.rotateCredential.secretShown).toBe(true);
});

test('no secret is remembered', async () => {
  const { clientSecret } = (await issue(partner, other.clientId, keyed('one'))).data.issueCredential;
  const kept = await asAdmin(
    gateway,
    async client => (await client.query<{ row: string }>('select k::text as row from portico.idempotency_key k where partner_id = $1', [partner.partnerId])).rows,
  );
  expect(kept).toHaveLength(1);
  expect(kept[0]!.row).not.toContain(clientSecret);
  expect(kept[0]!.row).not.toContain(Buffer.from(clientSecret).toString('hex'));
  expect(await opens(gateway, other.clientId, clientSecret)).toBe(true);
});

test('a partner without a context of its own sees no key', async () => {
  await issue(partner, other.clientId, keyed('one'));
  const seen = await gateway.app.database.pool.query('select from portico.idempotency_key');
  expect(seen.rowCount).toBe(0);
});

test('a mutation by GET is refused', async () => {
  const query = `mutation { revokeCredential(input: { credentialId: "${other.credentialId}" }) { userErrors { code } } }`;
  const response = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${await partner.token()}` } });
  expect(response.status).toBe(405);
  expect(await listed(partner, other.clientId)).toEqual([{ id: other.credentialId, status: 'ACTIVE' }]);
});

test('every mutation takes one input with a key, and returns a payload with userErrors that partners can read about', async () => {
  const answer = await ask(
    gateway.url,
    {
      query: `{ __schema { mutationType { description fields { name description type { kind name fields { name description type { kind ofType { kind ofType { kind ofType { name } } } } } }
        args { name description type { kind ofType { name inputFields { name description type { kind name } } } } } } } } }`,
    },
    { token: await partner.token() },
  );
  const { mutationType } = answer.data.__schema;
  expect(mutationType.description).toBeTruthy();
  expect(mutationType.fields.map((field: { name: string }) => field.name)).toEqual(expect.arrayContaining(['issueCredential', 'rotateCredential', 'revokeCredential']));
  for (const { description, type, args } of mutationType.fields) {
    expect(type).toMatchObject({ kind: 'OBJECT', name: expect.stringMatching(/Payload$/) });
    expect(type.fields).toContainEqual(
      expect.objectContaining({ name: 'userErrors', type: { kind: 'NON_NULL', ofType: { kind: 'LIST', ofType: { kind: 'NON_NULL', ofType: { name: 'UserError' } } } } }),
    );
    expect(args).toEqual([expect.objectContaining({ name: 'input', type: expect.objectContaining({ kind: 'NON_NULL' }) })]);
    const inputs = args[0].type.ofType.inputFields;
    expect(inputs).toContainEqual(expect.objectContaining({ name: 'idempotencyKey', type: { kind: 'SCALAR', name: 'String' } }));
    for (const text of [description, ...[...type.fields, ...args, ...inputs].map((each: { description: string }) => each.description)]) expect(text).toMatch(/^[A-Z].*\.$/);
  }
});

test('none of this left a fault in the log', () => {
  expect(gateway.logged.filter(line => line.includes('fault of ours'))).toEqual([]);
});
