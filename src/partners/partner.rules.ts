/** What may become a partner, an integration or a member of staff. Pure; refusals say which input,
    its limit and what to give instead, in the shape of the API's `userErrors`. */
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';

export const INTEGRATION_CATEGORIES = ['CHECKOUT', 'SHIPPING', 'REVIEWS', 'RECOMMENDATIONS', 'SUPPORT_DESK', 'LOYALTY'] as const;

export type IntegrationCategory = (typeof INTEGRATION_CATEGORIES)[number];

export const STAFF_ROLES = ['API_STEWARD', 'PROGRAM_MANAGER', 'PRIVACY_OFFICER', 'FINANCE', 'SUPPORT', 'AUDITOR'] as const;

export type StaffRole = (typeof STAFF_ROLES)[number];

export interface Refusal<Code extends string> {
  readonly code: Code;
  readonly message: string;
  /** Where in the input. */
  readonly path: readonly string[];
}

export type InputRefusal = Refusal<'REQUIRED' | 'TOO_LONG' | 'INVALID'>;

export interface IntegrationInput {
  readonly name: string;
  readonly category: string;
  /** What its tokens may carry at most; none when absent. */
  readonly scopes?: readonly string[];
  /** Whether it is live at once, because people have decided so; else it goes the way of onboarding. */
  readonly live?: boolean;
}

export interface PartnerInput {
  readonly name: string;
  /** The first member, who owns the partner's affairs: both or neither. */
  readonly ownerName?: string;
  readonly ownerEmail?: string;
  readonly integration: IntegrationInput;
}

export interface StaffInput {
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
}

export interface CheckedIntegration {
  readonly name: string;
  readonly category: IntegrationCategory;
  readonly scopes: string[];
  readonly live: boolean;
}

export interface CheckedPartner {
  readonly name: string;
  readonly owner: { readonly name: string; readonly email: string } | null;
  readonly integration: CheckedIntegration;
}

export interface CheckedStaff {
  readonly name: string;
  readonly email: string;
  readonly roles: StaffRole[];
}

export const MAX_NAME_LENGTH = 200;

/** All scopes travel in every access token, which fits into one HTTP header. */
const MAX_SCOPES_LENGTH = 1_000;

/** RFC 6749, section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const CONTROL = /\p{Cc}/u;

/** Whether an address exists, only a message to it can tell; this finds what is no address at all. */
const EMAIL = /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+$/;
const MAX_EMAIL_LENGTH = 254;

export function checkPartner(input: PartnerInput): Outcome<CheckedPartner, InputRefusal> {
  const name = checkName(input.name, ['name']);
  if (!name.ok) return name;
  const owner = checkOwner(input);
  if (!owner.ok) return owner;
  const integration = checkIntegration(input.integration, ['integration']);
  if (!integration.ok) return integration;
  return ok({ name: name.value, owner: owner.value, integration: integration.value });
}

export function checkIntegration(input: IntegrationInput, path: readonly string[] = []): Outcome<CheckedIntegration, InputRefusal> {
  const name = checkName(input.name, [...path, 'name']);
  if (!name.ok) return name;
  const category = INTEGRATION_CATEGORIES.find(each => each === input.category);
  if (!category) return refuse('INVALID', `A category is one of ${INTEGRATION_CATEGORIES.join(', ')}.`, [...path, 'category']);
  const scopes = [...new Set(input.scopes)];
  const malformed = scopes.find(scope => !SCOPE.test(scope));
  if (malformed !== undefined) return refuse('INVALID', 'A scope is printable ASCII without spaces, quotes and backslashes, e.g. consent:read.', [...path, 'scopes']);
  if (scopes.join(' ').length > MAX_SCOPES_LENGTH)
    return refuse('TOO_LONG', `All scopes together take at most ${MAX_SCOPES_LENGTH} characters: leave some out.`, [...path, 'scopes']);
  return ok({ name: name.value, category, scopes, live: input.live ?? false });
}

export function checkStaff(input: StaffInput): Outcome<CheckedStaff, InputRefusal> {
  const name = checkName(input.name, ['name']);
  if (!name.ok) return name;
  const email = checkEmail(input.email, ['email']);
  if (!email.ok) return email;
  const roles = STAFF_ROLES.filter(role => input.roles.includes(role));
  if (roles.length === 0 || roles.length !== new Set(input.roles).size) return refuse('INVALID', `Give one or more of the roles ${STAFF_ROLES.join(', ')}.`, ['roles']);
  return ok({ name: name.value, email: email.value, roles });
}

function checkOwner(input: PartnerInput): Outcome<CheckedPartner['owner'], InputRefusal> {
  if (input.ownerName === undefined && input.ownerEmail === undefined) return ok(null);
  const name = checkName(input.ownerName ?? '', ['ownerName']);
  if (!name.ok) return name;
  const email = checkEmail(input.ownerEmail ?? '', ['ownerEmail']);
  return email.ok ? ok({ name: name.value, email: email.value }) : email;
}

function checkName(text: string, path: readonly string[]): Outcome<string, InputRefusal> {
  const name = text.trim();
  if (name === '') return refuse('REQUIRED', `A name is needed: give 1 to ${MAX_NAME_LENGTH} characters.`, path);
  if (name.length > MAX_NAME_LENGTH) return refuse('TOO_LONG', `A name has at most ${MAX_NAME_LENGTH} characters, and this one ${name.length}: shorten it.`, path);
  if (!isStorableText(name) || CONTROL.test(name)) return refuse('INVALID', 'A name is plain text: leave out control characters and broken surrogates.', path);
  return ok(name);
}

/** Letter case never tells two people's addresses apart in practice, so one form is kept. */
function checkEmail(text: string, path: readonly string[]): Outcome<string, InputRefusal> {
  const email = text.trim().toLowerCase();
  return email.length <= MAX_EMAIL_LENGTH && isStorableText(email) && EMAIL.test(email)
    ? ok(email)
    : refuse('INVALID', 'An e-mail address is needed, e.g. ada@partner.example.', path);
}

const refuse = (code: InputRefusal['code'], message: string, path: readonly string[]) => refused<InputRefusal>({ code, message, path });
