/** What would become of a query's fields of people's data, before anybody is asked and without showing anything. */
import type { GraphQLError, GraphQLResolveInfo } from 'graphql';
import { ruleOfRefusal } from '../graphql/consent.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { badInput, type RefusedField } from '../reads/index.ts';
import { purposeAt, type Purpose } from './catalogue.rules.ts';
import { isApproved, loadPurpose } from './catalogue.store.ts';
import { LEVELS } from './scope.rules.ts';

/** The query to look into, as a request would send it. */
export interface PreviewQuestion {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

/** A query of people that was compiled and asked, and of which nothing was shown. */
export interface PreviewedRead {
  readonly fields: readonly (RefusedField & { readonly purpose: unknown })[];
  /** What it would be refused now, folded as in its own answer. */
  readonly denials: readonly GraphQLError[];
}

export interface Previewer {
  readonly environmentId: string;
  readonly integrationId: string;
  /** Environment time. */
  readonly now: number;
}

/** What the road gives to `consentPreview`. */
export interface PreviewingContext {
  readPreview(info: GraphQLResolveInfo, question: PreviewQuestion, tell: (tx: Tx, previewer: Previewer, read: PreviewedRead) => Promise<unknown>): Promise<unknown>;
}

export interface PreviewedField {
  readonly path: readonly string[];
  readonly category: string;
  readonly level: string;
  readonly purpose: string;
  readonly scope: string;
  readonly isOpen: boolean;
}

const SCOPE = /^[a-z][a-z0-9_]{2,39}:[a-z]{2,30}\.[a-z_]{2,30}:READ$/;

/** Scopes as errors write them. Throws BAD_USER_INPUT for what is none. */
export function checkedScopes(scopes: readonly string[] | undefined): ReadonlySet<string> | null {
  const malformed = scopes?.find(scope => !SCOPE.test(scope));
  if (malformed !== undefined)
    throw badInput('A scope is a purpose, a category and READ with colons between them, as `consentRequest` of an error has them: `order_support:contact.email:READ`.');
  return scopes ? new Set(scopes) : null;
}

/** The fields of people's data that a query reads, with what each needs.
    @param agreed what is taken to have been agreed to; null is all that is needed */
export async function previewFields(tx: Tx, { environmentId, integrationId, now }: Previewer, read: PreviewedRead, agreed: ReadonlySet<string> | null): Promise<PreviewedField[]> {
  const policies = new Map<string, Purpose | null>();
  const policyOf = async (purpose: string): Promise<Purpose | null> => {
    if (!policies.has(purpose)) policies.set(purpose, (await isApproved(tx, environmentId, integrationId, purpose)) ? purposeAt(await loadPurpose(tx, purpose), now) : null);
    return policies.get(purpose)!;
  };
  const fields: PreviewedField[] = [];
  for (const { path, refusal, purpose: named } of read.fields) {
    const rule = ruleOfRefusal(refusal);
    if (!rule) continue;
    const { category, level = 'RECORD', purposes } = rule;
    const purpose = String(named);
    const policy = await policyOf(purpose);
    const scope = `${purpose}:${category}:READ`;
    const isCovered = policy !== null && policy.categories.includes(category) && LEVELS.indexOf(level) <= LEVELS.indexOf(policy.maxLevel) && (purposes?.includes(purpose) ?? true);
    fields.push({ path, category, level, purpose, scope, isOpen: isCovered && (agreed?.has(scope) ?? true) });
  }
  return fields;
}
