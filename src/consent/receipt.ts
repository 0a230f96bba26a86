/**
 * Receipts of consent after ISO/IEC TS 27560:2023, signed with the keys that sign access tokens and
 * with a `typ` of their own, so that neither can pass for the other. For the person above all: it says
 * who got what, for how long, and how to take it back.
 */
import jwt from 'jsonwebtoken';
import { newId } from '../base/ids.ts';
import type { Instant } from '../base/clock.ts';
import type { SigningKeys } from '../partners/index.ts';
import type { DataCategory, Language, Purpose } from './catalogue.rules.ts';
import type { Recipient } from './catalogue.store.ts';
import type { Grant, GrantEventKind } from './grant.rules.ts';

/** The marketplace, as people read it: it answers for the data. */
export interface Controller {
  readonly name: string;
  readonly address: string;
  readonly contact: string;
  /** Where somebody complains: the authority or the desk. */
  readonly complaints: string;
  /** Country after ISO 3166-1. */
  readonly jurisdiction: string;
}

export interface ReceiptFacts {
  readonly grant: Grant;
  readonly event: GrantEventKind | 'GIVEN';
  readonly at: Instant;
  readonly subjectId: string;
  readonly purpose: Purpose;
  readonly recipient: Recipient;
  readonly categories: readonly DataCategory[];
  readonly language: Language;
  /** Size of the sealed log at that instant: whatever is read under it has its place there or behind it. */
  readonly leafIndex: number;
  /** SHA-256 of what was shown, and what of it was chosen; null where nothing was shown. */
  readonly notice: { readonly hash: string; readonly shown: readonly string[] } | null;
}

const STATES: Readonly<Record<ReceiptFacts['event'], string>> = {
  GIVEN: 'ConsentGiven',
  NARROWED: 'ConsentGiven',
  RESUMED: 'ConsentGiven',
  SUSPENDED: 'ConsentSuspended',
  CONSUMED: 'ConsentExpired',
  EXPIRED: 'ConsentExpired',
  WITHDRAWN: 'ConsentWithdrawn',
  REVOKED: 'ConsentRevoked',
  RELINQUISHED: 'ConsentRevoked',
  SUPERSEDED: 'ConsentInvalidated',
  INVALIDATED: 'ConsentInvalidated',
};

const instant = (at: Instant): string => new Date(at).toISOString();

function receiptOf(id: string, facts: ReceiptFacts, controller: Controller, publicUrl: string): Record<string, unknown> {
  const { grant, purpose, recipient, language } = facts;
  const retention = (category: string): number => facts.categories.find(({ code }) => code === category)?.retentionDays ?? 0;
  return {
    schema_version: 'ISO/IEC TS 27560:2023',
    receipt_id: id,
    record_id: grant.id,
    record_version: grant.version,
    pii_principal_id: facts.subjectId,
    notice: { hash: facts.notice?.hash ?? null, language, shown: facts.notice?.shown ?? [], chosen: grant.scopes.map(({ category }) => category) },
    leaf_index: facts.leafIndex,
    privacy_rights: `${publicUrl}/consent`,
    jurisdiction: controller.jurisdiction,
    purposes: [
      {
        purpose: purpose.purpose,
        version: purpose.version,
        description: purpose.sentence[language],
        type: purpose.dpvClass,
        lawful_basis: 'https://w3id.org/dpv#Consent',
        pii: grant.scopes.map(scope => ({
          category: scope.category,
          type: facts.categories.find(({ code }) => code === scope.category)?.dpvClass ?? null,
          level: scope.level,
          lookback_days: scope.lookbackDays,
          precision: scope.precision,
          retention_days_after_end: retention(scope.category),
        })),
        storage_locations: recipient.storageCountries,
        recipients: [recipient.partnerId],
        withdrawal_method: `${publicUrl}/consent`,
        valid_from: instant(grant.givenAt),
        valid_until: instant(grant.expiresAt),
        one_time: grant.oneTime,
      },
    ],
    parties: [
      {
        party_id: publicUrl,
        role: 'controller',
        name: controller.name,
        address: controller.address,
        contact: controller.contact,
        complaints: controller.complaints,
        type: 'marketplace',
      },
      {
        party_id: recipient.partnerId,
        role: 'recipient',
        name: recipient.legalName,
        address: recipient.address,
        contact: recipient.contact,
        privacy_notice: recipient.privacyUrl,
        type: 'partner',
      },
    ],
    events: [{ time: instant(facts.at), validity: instant(grant.expiresAt), entity: facts.subjectId, type: facts.event, state: STATES[facts.event] }],
  };
}

/** The receipt as a JWS, with the key that whoever keeps it will need. */
export function signReceipt(keys: SigningKeys, facts: ReceiptFacts, controller: Controller, publicUrl: string): { id: string; jws: string; kid: string; jwk: unknown } {
  const { kid, algorithm, privateKey, jwk } = keys.signer();
  const id = newId('rcp');
  const jws = jwt.sign(receiptOf(id, facts, controller, publicUrl), privateKey, {
    algorithm,
    keyid: kid,
    noTimestamp: true,
    header: { alg: algorithm, typ: 'consent-receipt+jwt' },
  });
  return { id, jws, kid, jwk };
}
