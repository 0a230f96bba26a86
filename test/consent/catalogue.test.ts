/** The catalogue as a PRIVACY_OFFICER keeps it through the staff API. */
import { act } from '../api/staff-door.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner, SeededStaff } from '../harness/seed.ts';

let gateway: TestApp;
let officer: SeededStaff;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
  officer = await gateway.seed.staff('PRIVACY_OFFICER');
});
afterAll(() => gateway.close());

const PURPOSE = 'purpose { id purpose version assessment effectiveFrom retiredAt categories } userErrors { code path message }';
const words = { en: 'Words', de: 'Worte' };
const DRAFT = {
  purpose: 'size_advice',
  title: words,
  sentence: words,
  benefit: words,
  without: words,
  dpvClass: 'https://w3id.org/dpv#ServicePersonalisation',
  categories: ['preference.shopping'],
  maxLevel: 'RECORD',
  maxLookbackDays: 30,
  maxPrecision: 'EXACT',
  maxDurationDays: 90,
  usefulDays: 0,
};

const step = async (mutation: string, input: Record<string, unknown>, selection = PURPOSE) =>
  (await act(officer, mutation, input, selection)).data[mutation] as { purpose: Record<string, unknown> | null; userErrors: { code: string; path: string[] }[] };

test('a purpose goes from draft to retirement, and not into force without an impact assessment', async () => {
  const draft = await step('draftPurpose', DRAFT);
  expect(draft).toMatchObject({ purpose: { id: 'pur_size_advice_1', version: 1, assessment: null, effectiveFrom: null, categories: ['preference.shopping'] }, userErrors: [] });
  const key = { purpose: 'size_advice', version: 1 };
  const from = new Date(gateway.clock.now()).toISOString();
  expect(await step('publishPurpose', { ...key, effectiveFrom: from })).toMatchObject({ purpose: null, userErrors: [{ code: 'RULE_BROKEN' }] });
  expect((await step('assessPurpose', { ...key, assessment: 'DPIA-0009' })).purpose).toMatchObject({ assessment: 'DPIA-0009' });
  expect((await step('publishPurpose', { ...key, effectiveFrom: from })).purpose).toMatchObject({ effectiveFrom: from });
  expect(await step('assessPurpose', { ...key, assessment: 'Another' })).toMatchObject({ purpose: null, userErrors: [{ code: 'RULE_BROKEN' }] });
  expect((await step('retirePurpose', { ...key, retiredAt: from })).purpose).toMatchObject({ retiredAt: from });
  expect((await step('draftPurpose', { ...DRAFT, categories: ['no.such'] })).userErrors).toMatchObject([{ code: 'INVALID', path: ['categories'] }]);
  const listed = await officer.query('{ purposes(first: 10, purpose: "size_advice") { nodes { version } } dataCategories(first: 20) { nodes { code title retentionDays } } }');
  expect(listed.data.purposes.nodes).toEqual([{ version: 1 }]);
  expect(listed.data.dataCategories.nodes).toContainEqual({ code: 'contact.email', title: 'Your email address', retentionDays: 30 });
});

test('an approval that is taken back stops reading with the next statement', async () => {
  const reasons = async () =>
    (await partner.query('{ sharedCustomers(purpose: "order_support", first: 1) { nodes { id } } }')).errors?.map(({ extensions }) => extensions['reason']) ?? [];
  expect(await reasons()).toEqual([]);
  const approval = { integrationId: partner.clientId, purpose: 'order_support' };
  expect((await act(officer, 'withdrawPurposeApproval', approval, 'subjectId userErrors { code }')).data).toEqual({
    withdrawPurposeApproval: { subjectId: partner.clientId, userErrors: [] },
  });
  expect(await reasons()).toEqual(['PURPOSE_MISMATCH']);
  await act(officer, 'approvePurpose', approval, 'subjectId userErrors { code }');
  expect(await reasons()).toEqual([]);
});

test('nobody but a PRIVACY_OFFICER writes here', async () => {
  const steward = await gateway.seed.staff('API_STEWARD');
  const answer = await act(steward, 'draftPurpose', DRAFT, PURPOSE);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});
