/**
 * What a PRIVACY_OFFICER does with the catalogue: kinds of data, purposes from draft to retirement,
 * who is approved for a purpose, whom people may trust to be who it says it is. Each use case runs as
 * the marketplace (partner `*`), in one environment where it touches one. `by` is the staff member.
 */
import { environmentInstant, type Clock, type Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { currentEnvironment, partnerExists, partnerOfIntegration } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { checkCategory, checkPurpose, decidePublication, type CatalogueRefusal, type DataCategory } from './catalogue.rules.ts';
import {
  endApproval,
  insertDraft,
  loadCategories,
  loadPurpose,
  saveApproval,
  saveCategory,
  saveRecipient,
  setAssessment,
  setPublished,
  setRetired,
  type PurposeDraft,
  type PurposeVersionKey,
  type RecipientProfile,
} from './catalogue.store.ts';

const notFound = (what: string, path: string) => refused<CatalogueRefusal>({ code: 'NOT_FOUND', message: `There is no such ${what}.`, path: [path] });

/** Adds a category or words it anew. Refusals: INVALID. */
export async function setDataCategory(tx: Tx, category: DataCategory, by: string, clock: Clock): Promise<Outcome<null, CatalogueRefusal>> {
  const checked = checkCategory(category);
  if (!checked.ok) return checked;
  await saveCategory(tx, category, { by, at: new Date(clock.now()) });
  return ok(null);
}

/** Drafts the next version of a purpose, or the first. Refusals: INVALID. */
export async function draftPurpose(tx: Tx, draft: PurposeDraft, by: string, clock: Clock): Promise<Outcome<{ version: number }, CatalogueRefusal>> {
  const known = new Set((await loadCategories(tx)).map(({ code }) => code));
  const checked = checkPurpose(draft, known);
  if (!checked.ok) return checked;
  return ok({ version: await insertDraft(tx, draft, { by, at: new Date(clock.now()) }) });
}

/** Records the impact assessment of a drafted version: where it is kept. Refusals: NOT_FOUND, PUBLISHED, INVALID. */
export async function assessPurpose(tx: Tx, key: PurposeVersionKey, assessment: string, by: string, clock: Clock): Promise<Outcome<null, CatalogueRefusal>> {
  const version = (await loadPurpose(tx, key.purpose)).find(each => each.version === key.version);
  if (!version) return notFound('version of a purpose', 'version');
  if (version.effectiveFrom !== null) return refused({ code: 'PUBLISHED', message: 'This version is published already: draft another.', path: [] });
  if (assessment.trim() === '' || assessment.length > 500)
    return refused({ code: 'INVALID', message: 'Say in 1 to 500 characters where the assessment is kept.', path: ['assessment'] });
  await setAssessment(tx, key, assessment.trim(), { by, at: new Date(clock.now()) });
  return ok(null);
}

/** Puts a drafted version into force, from an instant of environment time on.
    Refusals: NOT_FOUND, ASSESSMENT_MISSING, PUBLISHED. */
export async function publishPurpose(tx: Tx, key: PurposeVersionKey, effectiveFrom: Instant, by: string): Promise<Outcome<null, CatalogueRefusal>> {
  const version = (await loadPurpose(tx, key.purpose)).find(each => each.version === key.version);
  if (!version) return notFound('version of a purpose', 'version');
  const decision = decidePublication(version);
  if (!decision.ok) return decision;
  await setPublished(tx, key, new Date(effectiveFrom), by);
  return ok(null);
}

/** From an instant of environment time on nobody may ask for the purpose. Refusals: NOT_FOUND. */
export const retirePurpose = async (tx: Tx, purpose: string, at: Instant): Promise<Outcome<null, CatalogueRefusal>> =>
  (await setRetired(tx, purpose, new Date(at))) ? ok(null) : notFound('purpose in force', 'purpose');

/** Lets an integration ask for a purpose. Refusals: NOT_FOUND. */
export async function approvePurpose(tx: Tx, approval: { integrationId: string; purpose: string }, by: string, clock: Clock): Promise<Outcome<null, CatalogueRefusal>> {
  const environment = await currentEnvironment(tx);
  const partnerId = await partnerOfIntegration(tx, environment.id, approval.integrationId);
  if (!partnerId) return notFound('integration', 'integrationId');
  if ((await loadPurpose(tx, approval.purpose)).length === 0) return notFound('purpose', 'purpose');
  await saveApproval(tx, { environmentId: environment.id, partnerId, ...approval }, new Date(environmentInstant(environment.clock, clock.now())), by);
  return ok(null);
}

/** From the next request and the next read on, the integration has no more of the purpose. Refusals: NOT_FOUND. */
export async function withdrawApproval(tx: Tx, approval: { integrationId: string; purpose: string }, clock: Clock): Promise<Outcome<null, CatalogueRefusal>> {
  const environment = await currentEnvironment(tx);
  const ended = await endApproval(tx, { environmentId: environment.id, ...approval }, new Date(environmentInstant(environment.clock, clock.now())));
  return ended ? ok(null) : notFound('approval', 'purpose');
}

/** Writes down what was verified of a partner: without it, it may not ask people for anything.
    Refusals: NOT_FOUND, INVALID. */
export async function verifyRecipient(tx: Tx, profile: RecipientProfile, by: string, clock: Clock): Promise<Outcome<null, CatalogueRefusal>> {
  const environment = await currentEnvironment(tx);
  if (!(await partnerExists(tx, environment.id, profile.partnerId))) return notFound('partner', 'partnerId');
  const empty = (['legalName', 'address', 'contact'] as const).find(name => profile[name].trim() === '' || profile[name].length > 200);
  if (empty) return refused({ code: 'INVALID', message: `${empty} needs 1 to 200 characters.`, path: [empty] });
  if (!profile.privacyUrl.startsWith('https://') || !URL.canParse(profile.privacyUrl))
    return refused({ code: 'INVALID', message: 'Give the https address of the privacy notice.', path: ['privacyUrl'] });
  if (profile.storageCountries.length === 0 || !profile.storageCountries.every(country => /^[A-Z]{2}$/.test(country)))
    return refused({ code: 'INVALID', message: 'Name the countries where data is kept, by two letters each, e.g. DE.', path: ['storageCountries'] });
  await saveRecipient(tx, environment.id, profile, new Date(environmentInstant(environment.clock, clock.now())), by);
  return ok(null);
}
