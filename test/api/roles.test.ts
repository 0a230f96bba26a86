/** The matrix of who may do what, schema/roles.json, walked through both APIs: it names every operation that
    there is, and what it does not name nobody may do. */
import { readFileSync } from 'node:fs';
import { buildAdminSchemaOf, buildSchemaOf } from '../../src/app.ts';
import { STAFF_ROLES, type StaffRole } from '../../src/partners/index.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner, type SeededStaff } from '../harness/seed.ts';
import { documentFor, operationsOf, type Operation } from './any-operation.ts';

type Roles = Readonly<Record<string, readonly string[]>>;
type Half = { readonly query: Roles; readonly mutation: Roles };
const matrix = JSON.parse(readFileSync('schema/roles.json', 'utf8')) as { staff: Half; partner: Half };

const rolesIn = (half: Half, { kind, field }: Operation): readonly string[] => half[kind === 'QUERY' ? 'query' : 'mutation'][field.name] ?? [];
const namesOf = (half: Half): string[] => [...Object.keys(half.query), ...Object.keys(half.mutation)];

let gateway: TestApp;
let staff: Operation[];
let partner: Operation[];
const people = new Map<StaffRole, SeededStaff>();
const callers = new Map<string, SeededPartner>();

beforeAll(async () => {
  gateway = await startTestApp();
  staff = operationsOf((await buildAdminSchemaOf(rooms)).schema);
  partner = operationsOf((await buildSchemaOf(rooms)).schema);
  for (const role of STAFF_ROLES) people.set(role, await gateway.seed.staff(role));
  const live = await gateway.seed.partner();
  callers.set('LIVE', live);
  callers.set('BEFORE_LIVE', await gateway.seed.partner(undefined, { live: false }));
  callers.set('SANDBOX', await gateway.seed.partner(await gateway.seed.sandboxOf(live)));
});
afterAll(() => gateway.close());

/** Whether the caller was let in to the operation; what it then answers is another matter. */
const isLetIn = ({ errors }: GraphQLAnswer): boolean => !(errors ?? []).some(error => ['FORBIDDEN', 'UNAUTHENTICATED'].includes(error.extensions['code'] as string));

test('the matrix names every operation of both APIs, and no other', () => {
  expect(namesOf(matrix.staff).toSorted()).toEqual(staff.map(({ field }) => field.name).toSorted());
  expect(namesOf(matrix.partner).toSorted()).toEqual(partner.map(({ field }) => field.name).toSorted());
});

test.each(STAFF_ROLES)('the staff API lets %s into what the matrix says, and into nothing else', async role => {
  for (const operation of staff) {
    const answer = await people.get(role)!.query(documentFor(operation));
    const codes = (answer.errors ?? []).map(error => error.extensions['code'] as string);
    const allowed = rolesIn(matrix.staff, operation).includes(role);
    expect([operation.field.name, answer.status, codes]).toEqual([operation.field.name, allowed ? 200 : 403, allowed ? [] : ['FORBIDDEN']]);
  }
});

test.each(['BEFORE_LIVE', 'SANDBOX', 'LIVE'])('the partner API lets an integration that is %s into what the matrix says, and into nothing else', async caller => {
  for (const operation of partner) {
    const letIn = isLetIn(await callers.get(caller)!.query(documentFor(operation), {}, { version: 'unstable' }));
    expect([operation.field.name, letIn]).toEqual([operation.field.name, rolesIn(matrix.partner, operation).includes(caller)]);
  }
});

test('neither API lets in whoever belongs to the other, nor anybody without a token', async () => {
  const [steward, live] = [await people.get('API_STEWARD')!.token(), await callers.get('LIVE')!.token()];
  for (const [version, token] of [['unstable', steward], ['unstable'], ['admin', live], ['admin']])
    expect((await ask(gateway.url, { query: '{ viewer { __typename } }' }, { version: version!, ...(token === undefined ? {} : { token }) })).status).toBe(401);
});
