/** The staff API: who may come in, who may do what, and what is written down. */
import { newId } from '../../src/base/ids.ts';
import { buildAdminSchemaOf } from '../../src/app.ts';
import { STAFF_ROLES, staffOperations, suspendStaff, type StaffOperation, type StaffRole } from '../../src/partners/index.ts';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type SeededPartner, type SeededStaff } from '../harness/seed.ts';
import { asAdmin } from './credential-door.ts';
import { act, noticeContent } from './staff-door.ts';

let gateway: TestApp;
let partner: SeededPartner;
const staff = new Map<StaffRole, SeededStaff>();
let operations: StaffOperation[];

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await gateway.seed.partner();
  for (const role of STAFF_ROLES) staff.set(role, await gateway.seed.staff(role));
  operations = staffOperations((await buildAdminSchemaOf(rooms)).schema);
});
afterAll(() => gateway.close());

const steward = (): SeededStaff => staff.get('API_STEWARD')!;

describe('roles', () => {
  test('every operation says its roles; auditors may use every query and no mutation', () => {
    expect(operations.length).toBeGreaterThan(15);
    for (const { kind, roles } of operations) {
      expect(roles.length).toBeGreaterThan(0);
      expect(roles.includes('AUDITOR')).toBe(kind === 'QUERY');
    }
  });

  test('an operation with one forbidden field is refused whole, before anything is done', async () => {
    const notice = Object.entries(noticeContent(gateway.clock.now()))
      .map(([name, value]) => `${name}: ${name === 'criticality' ? String(value) : JSON.stringify(value)}`)
      .join(', ');
    const answer = await staff.get('SUPPORT')!.query(`mutation {
      allowed: commentOnDeprecationNotice(input: { noticeId: "dpn_x", text: "x", reason: "x", idempotencyKey: "1" }) { userErrors { code } }
      forbidden: createDeprecationNotice(input: { reason: "x", idempotencyKey: "2", notice: { ${notice} } }) { userErrors { code } }
    }`);
    expect(answer).toMatchObject({ status: 403, data: undefined, errors: [{ path: ['forbidden'], extensions: { code: 'FORBIDDEN' } }] });
    expect(answer.errors![0]!.message).toBe('`createDeprecationNotice` is for API_STEWARD, and you are SUPPORT. Ask a colleague in one of those roles.');
  });

  test('a person of two roles may do what either may', async () => {
    const both = await gateway.seed.staff('FINANCE', 'API_STEWARD');
    expect((await both.query('{ viewer { roles } deprecationExport }')).data).toMatchObject({ viewer: { roles: ['API_STEWARD', 'FINANCE'] } });
  });

  test('a role that is taken away counts from the next request on', async () => {
    const person = await gateway.seed.staff('API_STEWARD', 'SUPPORT');
    expect((await person.query('{ deprecationExport }')).status).toBe(200);
    await asAdmin(gateway, client => client.query("delete from portico.staff_role where staff_id = $1 and role = 'API_STEWARD'", [person.staffId]));
    expect((await person.query('{ deprecationExport }')).status).toBe(403);
  });
});

describe('the door', () => {
  const anonymous = (token?: string) => ask(gateway.url, { query: '{ viewer { id } }' }, { version: 'admin', ...(token === undefined ? {} : { token }) });

  test("a partner's token, none and nonsense are answered alike", async () => {
    for (const token of [await partner.token(), undefined, 'x.y.z']) {
      const answer = await anonymous(token);
      expect(answer).toMatchObject({
        status: 401,
        data: undefined,
        errors: [{ message: expect.stringContaining('missing or no longer valid'), extensions: { code: 'UNAUTHENTICATED' } }],
      });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="portico", error="invalid_token"');
      expect(answer.headers.get('x-request-id')).toBe(answer.errors![0]!.extensions['requestId']);
    }
  });

  test("the partner API takes no staff's token, on no version", async () => {
    for (const version of [undefined, '2026-10', 'unstable']) {
      const answer = await ask(gateway.url, { query: '{ __typename }' }, { token: await steward().token(), ...(version ? { version } : {}) });
      expect(answer.status).toBe(401);
    }
  });

  test('a suspended person is out at once, and so is a revoked token', async () => {
    const person = await gateway.seed.staff('AUDITOR');
    const token = await person.token();
    expect((await anonymous(token)).data).toEqual({ viewer: { id: person.staffId } });
    const revoked = await fetch(`${gateway.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: person.staffId, client_secret: person.clientSecret }),
    });
    expect(revoked.status).toBe(200);
    expect((await anonymous(token)).status).toBe(401);
    const another = await person.token({ fresh: true });
    expect((await anonymous(another)).status).toBe(200);
    await inTransaction(gateway.app.database, NO_TENANT, tx => suspendStaff(tx, person.staffId));
    expect((await anonymous(another)).status).toBe(401);
  });

  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s is refused', async method => {
    const response = await fetch(`${gateway.url}/graphql/admin`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test.each([
    ['no GraphQL', '{', 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nonsense }', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['two operations and no name', 'query A { __typename } query B { __typename }', 400, 'BAD_USER_INPUT'],
    ['a page without a size', '{ journal { nodes { id } } }', 200, 'BAD_USER_INPUT'],
    ['a page too large', '{ journal(first: 101) { nodes { id } } }', 200, 'BAD_USER_INPUT'],
    ['too many root fields', `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: __typename`).join(' ')} }`, 400, 'DOCUMENT_TOO_WIDE'],
  ])('%s is refused with its code', async (_title, query, status, code) => {
    const answer = await staff.get('AUDITOR')!.query(query);
    expect({ status: answer.status, code: answer.errors?.[0]?.extensions['code'] }).toEqual({ status, code });
    expect(answer.errors![0]!.extensions['requestId']).toBe(answer.headers.get('x-request-id'));
  });

  test('a variable that does not fit is bad input, and a variable that fits is taken', async () => {
    const query = 'query ($id: ID!) { deprecationNotice(id: $id) { id } }';
    expect(await steward().query(query, {})).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(await steward().query(query, { id: newId('dpn') })).toMatchObject({ status: 200, data: { deprecationNotice: null } });
  });

  test('every type, field, argument and value of the schema is described', async () => {
    const { data } = await steward().query(
      '{ __schema { types { name kind description fields { name description args { name description } } inputFields { name description } enumValues { name description } } } }',
    );
    const bare = (data.__schema.types as any[])
      .filter(type => !type.name.startsWith('__'))
      .flatMap(type => [
        ...(type.description ? [] : [type.name]),
        ...[...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? []), ...(type.fields ?? []).flatMap((field: { args: unknown[] }) => field.args)]
          .filter(member => !member.description)
          .map(member => `${type.name}.${member.name}`),
      ]);
    expect(bare).toEqual([]);
  });
});

describe('the journal', () => {
  test('a write is in it with who, when, what and why; a refused one is not', async () => {
    const person = await gateway.seed.staff('API_STEWARD');
    const made = await act(person, 'createDeprecationNotice', { notice: noticeContent(gateway.clock.now(), { coordinate: 'Milestone.criteria' }), reason: 'Nobody sorts by it.' });
    const { id } = made.data.createDeprecationNotice.notice;
    await act(person, 'submitDeprecationNotice', { noticeId: newId('dpn') });
    const { data } = await staff
      .get('AUDITOR')!
      .query('query ($id: ID!) { journal(first: 9, filter: { staffId: $id }) { nodes { writtenAt staff { id } operation subjectId reason details requestId } } }', {
        id: person.staffId,
      });
    expect(data.journal.nodes).toEqual([
      {
        writtenAt: new Date(gateway.clock.now()).toISOString(),
        staff: { id: person.staffId },
        operation: 'createDeprecationNotice',
        subjectId: id,
        reason: 'Nobody sorts by it.',
        details: expect.stringContaining('"coordinate": "Milestone.criteria"'),
        requestId: made.headers.get('x-request-id'),
      },
    ]);
  });

  test('a write without a reason is refused', async () => {
    const answer = await act(steward(), 'createDeprecationNotice', { notice: noticeContent(gateway.clock.now()), reason: ' ' });
    expect(answer.data.createDeprecationNotice).toMatchObject({ notice: null, userErrors: [{ code: 'INVALID', path: ['reason'] }] });
  });

  test('nobody changes it, and nobody but the marketplace sees it', async () => {
    const { pool } = gateway.app.database;
    for (const change of ["update portico.staff_journal set reason = 'x'", 'delete from portico.staff_journal', 'truncate portico.staff_journal']) {
      await expect(pool.query(change)).rejects.toMatchObject({ code: '42501' });
      await expect(asAdmin(gateway, client => client.query(change))).rejects.toMatchObject({ code: '23001' });
    }
    expect((await pool.query('select from portico.staff_journal')).rowCount).toBe(0);
  });
});

describe('idempotency', () => {
  const MUTATION = 'mutation ($input: CreateDeprecationNoticeInput!) { createDeprecationNotice(input: $input) { notice { id } userErrors { code } } }';
  const inputFor = (coordinate: string) => ({ input: { reason: 'Again.', notice: noticeContent(gateway.clock.now(), { coordinate }) } });

  test('20 at once with one key write one notice and answer alike', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => steward().query(MUTATION, inputFor('Milestone.category'), { headers: { 'idempotency-key': 'one' } })));
    expect(new Set(answers.map(answer => JSON.stringify([answer.status, answer.data]))).size).toBe(1);
    expect(answers[0]!.data.createDeprecationNotice.userErrors).toEqual([]);
    const { rows } = await asAdmin(gateway, client => client.query("select from portico.staff_journal where details->'notice'->>'coordinate' = 'Milestone.category'"));
    expect(rows).toHaveLength(1);
  });

  test("a key is its person's own, names one request, and is demanded", async () => {
    const conflict = await steward().query(MUTATION, inputFor('Milestone.cadence'), { headers: { 'idempotency-key': 'one' } });
    expect(conflict).toMatchObject({ status: 409, errors: [{ extensions: { code: 'IDEMPOTENCY_CONFLICT' } }] });
    const other = await gateway.seed.staff('API_STEWARD');
    expect((await other.query(MUTATION, inputFor('Milestone.cadence'), { headers: { 'idempotency-key': 'one' } })).data.createDeprecationNotice.userErrors).toEqual([]);
    expect(await steward().query(MUTATION, inputFor('Milestone.cadence'))).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});
